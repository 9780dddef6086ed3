# Gatehouse itself: its secrets, and a signature by its key.

path "${kv}/data/${app}/bff/+" {
  capabilities = ["read"]
}

# The public halves of the key that says who this client is.
path "${transit}/keys/${app}_bff" {
  capabilities = ["read"]
}

# ES256 and RS256 over a digest, and nothing else that the engine can do with the key.
path "${transit}/sign/${app}_bff" {
  capabilities        = ["update"]
  required_parameters = ["input"]
  allowed_parameters = {
    "input"                = []
    "prehashed"            = [true]
    "hash_algorithm"       = ["sha2-256"]
    "key_version"          = []
    "marshaling_algorithm" = ["jws"]
    "signature_algorithm"  = ["pkcs1v15"]
  }
}

# What belongs to other apps and to the agents: see the note on denials in token.hcl.

path "${kv}/data/*" {
  capabilities = ["deny"]
}

path "${kv}/data/${app}/*" {
  capabilities = ["deny"]
}

path "${kv}/data/${app}/agents/*" {
  capabilities = ["deny"]
}

path "${transit}/sign/*" {
  capabilities = ["deny"]
}

path "${database}/*" {
  capabilities = ["deny"]
}

path "${database}/creds/*" {
  capabilities = ["deny"]
}

path "${aws}/*" {
  capabilities = ["deny"]
}

path "${aws}/sts/*" {
  capabilities = ["deny"]
}

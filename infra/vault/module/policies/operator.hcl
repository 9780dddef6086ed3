# Whoever rotates: writes secrets without reading them, rotates keys without having them.

path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}

# No read: a new version is written, the old one is not looked at.
path "${kv}/data/${app}/*" {
  capabilities = ["create", "update"]
}

path "${kv}/metadata/${app}/*" {
  capabilities = ["read", "list"]
}

path "${kv}/delete/${app}/*" {
  capabilities = ["update"]
}

path "${kv}/undelete/${app}/*" {
  capabilities = ["update"]
}

path "${kv}/destroy/${app}/*" {
  capabilities = ["update"]
}

path "${transit}/keys/${app}_bff" {
  capabilities = ["read"]
}

path "${transit}/keys/${app}_bff/rotate" {
  capabilities = ["update"]
}

# Which versions are still good; not whether the key may leave.
path "${transit}/keys/${app}_bff/config" {
  capabilities = ["update"]
  allowed_parameters = {
    "min_decryption_version" = []
    "min_encryption_version" = []
  }
}

# In an incident: every credential that one agent holds. Root-protected, therefore sudo.
path "sys/leases/revoke-prefix/${database}/creds/${app}_agent_*" {
  capabilities = ["update", "sudo"]
}

path "sys/leases/revoke-prefix/${aws}/sts/${app}_agent_*" {
  capabilities = ["update", "sudo"]
}

# Nobody who rotates decides who may do what, takes keys along, or makes tokens.

path "sys/*" {
  capabilities = ["deny"]
}

path "identity/*" {
  capabilities = ["deny"]
}

path "auth/token/create" {
  capabilities = ["deny"]
}

path "auth/token/create/*" {
  capabilities = ["deny"]
}

path "auth/token/create-orphan" {
  capabilities = ["deny"]
}

path "${transit}/export/*" {
  capabilities = ["deny"]
}

path "${transit}/backup/*" {
  capabilities = ["deny"]
}

path "${transit}/byok-export/*" {
  capabilities = ["deny"]
}

path "${transit}/sign/*" {
  capabilities = ["deny"]
}

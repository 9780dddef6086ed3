# What every workload may do with its own token and its own leases, in place of Vault's `default`
# policy, which would add cubbyholes, wrapping and the look-up of other leases.

path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}

# By the lease's id, which only its holder knows.
path "sys/leases/renew" {
  capabilities = ["update"]
}

path "sys/leases/revoke" {
  capabilities = ["update"]
}

# Nothing is allowed that no policy allows. The denials are for the day on which somebody gives the
# same token a wider policy: for the same path a denial wins, and of two paths the narrower one.

path "sys/*" {
  capabilities = ["deny"]
}

path "sys/mounts" {
  capabilities = ["deny"]
}

path "sys/mounts/*" {
  capabilities = ["deny"]
}

path "sys/policy/*" {
  capabilities = ["deny"]
}

path "sys/policies/*" {
  capabilities = ["deny"]
}

path "sys/auth/*" {
  capabilities = ["deny"]
}

path "identity/*" {
  capabilities = ["deny"]
}

# A token made by a token outlives the login that it came from, and names nobody.
path "auth/token/create" {
  capabilities = ["deny"]
}

path "auth/token/create/*" {
  capabilities = ["deny"]
}

path "auth/token/create-orphan" {
  capabilities = ["deny"]
}

# The history of secrets, their deletion, and the settings of the engine.
path "${kv}/metadata/*" {
  capabilities = ["deny"]
}

path "${kv}/subkeys/*" {
  capabilities = ["deny"]
}

path "${kv}/delete/*" {
  capabilities = ["deny"]
}

path "${kv}/undelete/*" {
  capabilities = ["deny"]
}

path "${kv}/destroy/*" {
  capabilities = ["deny"]
}

path "${kv}/config" {
  capabilities = ["deny"]
}

# Private keys never leave, whatever the key's own settings say.
path "${transit}/export/*" {
  capabilities = ["deny"]
}

path "${transit}/backup/*" {
  capabilities = ["deny"]
}

path "${transit}/byok-export/*" {
  capabilities = ["deny"]
}

path "${transit}/keys/+/config" {
  capabilities = ["deny"]
}

# Keys of IAM users would open AWS until somebody deletes them.
path "${aws}/creds/*" {
  capabilities = ["deny"]
}

# One agent: its own secrets, its own database user, its own AWS credentials.

path "${kv}/data/${app}/agents/${agent}/+" {
  capabilities = ["read"]
}

path "${database}/creds/${app}_agent_${agent}" {
  capabilities = ["read"]
}

path "${aws}/sts/${app}_agent_${agent}" {
  capabilities = ["read", "update"]
}

# What belongs to other apps, to the front door and to other agents: see the note in token.hcl.

path "${kv}/data/*" {
  capabilities = ["deny"]
}

path "${kv}/data/${app}/*" {
  capabilities = ["deny"]
}

path "${kv}/data/${app}/bff/*" {
  capabilities = ["deny"]
}

path "${kv}/data/${app}/agents/*" {
  capabilities = ["deny"]
}

path "${database}/creds/*" {
  capabilities = ["deny"]
}

path "${aws}/sts/*" {
  capabilities = ["deny"]
}

# No agent speaks as the client that people log in at.
path "${transit}/*" {
  capabilities = ["deny"]
}

path "${transit}/sign/*" {
  capabilities = ["deny"]
}

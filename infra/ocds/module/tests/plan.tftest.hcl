# What the module plans, and which values it refuses. Nothing is built: provisioners run at apply only.

mock_provider "aws" {}

variables {
  name         = "shop"
  layout       = "lambda"
  source_path  = "tests/src"
  entry        = "shop/handler.py"
  requirements = "tests/src/requirements.txt"
  bucket       = "packages"
  prefix       = "/gatehouse/demo/dev"
  region       = "eu-west-2"
}

run "plans_a_package_its_layer_and_their_parameters" {
  command = plan

  assert {
    condition = toset([for one in terraform_data.parameter : one.input.name]) == toset([
      "/gatehouse/demo/dev/package/shop", "/gatehouse/demo/dev/package/shop/layer",
    ])
    error_message = "The parameters have to be {prefix}/package/{name} and the layer's below it."
  }
  assert {
    condition     = toset([for one in terraform_data.parameter : one.input.region]) == toset(["eu-west-2"])
    error_message = "A parameter is removed in the region that it is in."
  }
  assert {
    condition     = length(terraform_data.layer) == 1
    error_message = "Requirements make a layer."
  }
}

run "a_package_without_requirements_has_no_layer" {
  command = plan
  variables { requirements = "" }

  assert {
    condition     = length(terraform_data.layer) == 0 && length(terraform_data.parameter) == 1
    error_message = "Without requirements there is no layer, and no manifest of one."
  }
}

run "a_runtime_takes_the_pythons_of_agentcore" {
  command = plan
  variables {
    layout         = "runtime"
    python_version = "3.10"
  }

  assert {
    condition     = length(terraform_data.layer) == 0
    error_message = "A runtime is one zip."
  }
}

# With manifests in SSM, the outputs are what they say. In the builder's place stands a program that does
# nothing, whatever it is told.
run "the_outputs_are_the_manifests" {
  command = apply
  variables { python = "true" }

  override_data {
    target = data.aws_ssm_parameter.manifest
    values = {
      insecure_value = "{\"bucket\":\"packages\",\"code\":{\"key\":\"shop/code/1.zip\",\"hash\":\"AAA=\"}}"
    }
  }
  override_data {
    target = data.aws_ssm_parameter.layer
    values = {
      insecure_value = "{\"bucket\":\"packages\",\"layer\":{\"key\":\"shop/layer/2.zip\",\"hash\":\"BBB=\"}}"
    }
  }

  assert {
    condition     = join(" ", [output.bucket, output.code_key, output.code_hash]) == "packages shop/code/1.zip AAA="
    error_message = "The code's key and hash come from the manifest."
  }
  assert {
    condition     = join(" ", [output.layer_key, output.layer_hash]) == "shop/layer/2.zip BBB="
    error_message = "The layer's key and hash come from its own manifest."
  }
}

run "a_change_of_the_code_leaves_the_layer_alone" {
  command = plan
  variables {
    python = "true"
    files  = { "registry.toml" = "a = 1" }
  }

  override_data {
    target = data.aws_ssm_parameter.layer
    values = {
      insecure_value = "{\"bucket\":\"packages\",\"layer\":{\"key\":\"shop/layer/2.zip\",\"hash\":\"BBB=\"}}"
    }
  }

  # Known while planning: nothing that depends on the layer is planned anew.
  assert {
    condition     = join(" ", [output.layer_key, output.layer_hash]) == "shop/layer/2.zip BBB="
    error_message = "The layer has to be known where only the code has changed."
  }
}

run "without_a_layer_its_outputs_are_empty" {
  command = apply
  variables {
    python       = "true"
    requirements = ""
  }

  override_data {
    target = data.aws_ssm_parameter.manifest
    values = {
      insecure_value = "{\"bucket\":\"packages\",\"code\":{\"key\":\"shop/code/1.zip\",\"hash\":\"AAA=\"},\"layer\":null}"
    }
  }

  assert {
    condition     = output.layer_key == "" && output.layer_hash == ""
    error_message = "No layer is two empty texts, not null."
  }
}

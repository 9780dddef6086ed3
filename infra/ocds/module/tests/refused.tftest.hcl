# Every validation refuses what it is there for.

mock_provider "aws" {}

variables {
  name        = "shop"
  layout      = "lambda"
  source_path = "tests/src"
  entry       = "shop/handler.py"
  bucket      = "packages"
  prefix      = "/gatehouse/demo/dev"
  region      = "eu-west-2"
}

run "a_name_that_is_no_slug" {
  command = plan
  variables {
    name = "Shop"
  }
  expect_failures = [var.name]
}

run "an_unknown_layout" {
  command = plan
  variables {
    layout = "image"
  }
  expect_failures = [var.layout]
}

run "a_folder_without_code" {
  command = plan
  variables {
    source_path = "tests/nowhere"
  }
  expect_failures = [var.source_path]
}

run "an_entry_outside" {
  command = plan
  variables {
    entry = "../handler.py"
  }
  expect_failures = [var.entry]
}

run "an_absolute_entry" {
  command = plan
  variables {
    entry = "/handler.py"
  }
  expect_failures = [var.entry]
}

run "an_entry_that_is_no_python" {
  command = plan
  variables {
    entry = "shop/handler.sh"
  }
  expect_failures = [var.entry]
}

run "a_further_file_outside" {
  command = plan
  variables {
    also = ["shop/late.py", "../late.py"]
  }
  expect_failures = [var.also]
}

run "a_file_outside_the_zip" {
  command = plan
  variables {
    files = { "../outside" = "x" }
  }
  expect_failures = [var.files]
}

run "a_file_at_the_root_of_the_disk" {
  command = plan
  variables {
    files = { "/etc/passwd" = "x" }
  }
  expect_failures = [var.files]
}

run "files_too_long_for_an_environment" {
  command = plan
  variables {
    files = { "big.txt" = join("", [for n in range(1000) : join("", [for m in range(100) : "x"])]) }
  }
  expect_failures = [var.files]
}

run "requirements_that_are_not_there" {
  command = plan
  variables {
    requirements = "tests/nowhere.txt"
  }
  expect_failures = [var.requirements]
}

run "an_unknown_processor" {
  command = plan
  variables {
    architecture = "riscv"
  }
  expect_failures = [var.architecture]
}

run "a_runtime_on_x86" {
  command = plan
  variables {
    layout       = "runtime"
    architecture = "x86_64"
  }
  expect_failures = [var.architecture]
}

run "a_python_that_lambda_has_not_here" {
  command = plan
  variables {
    python_version = "3.11"
  }
  expect_failures = [var.python_version]
}

run "a_python_that_agentcore_has_not" {
  command = plan
  variables {
    layout         = "runtime"
    python_version = "3.9"
  }
  expect_failures = [var.python_version]
}

run "an_unknown_compression" {
  command = plan
  variables {
    compression = "zstd"
  }
  expect_failures = [var.compression]
}

run "a_bucket_that_cannot_be" {
  command = plan
  variables {
    bucket = "Packages"
  }
  expect_failures = [var.bucket]
}

run "a_prefix_without_its_slash" {
  command = plan
  variables {
    prefix = "gatehouse/demo"
  }
  expect_failures = [var.prefix]
}

run "a_prefix_that_ssm_keeps" {
  command = plan
  variables {
    prefix = "/aws/demo"
  }
  expect_failures = [var.prefix]
}

run "a_region_that_cannot_be" {
  command = plan
  variables {
    region = "europe"
  }
  expect_failures = [var.region]
}

run "no_interpreter" {
  command = plan
  variables {
    python = ""
  }
  expect_failures = [var.python]
}


# Google Cloud for Audobon, by OpenTofu or Terraform. docs/cloud-infrastructure.md says what is made, what it costs and how
# to begin: `tofu init && tofu plan`. State holds no secrets, but names and addresses: keep it in a bucket of its own.
terraform {
  required_version = ">= 1.6"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # Budgets are of the billing account: whoever asks for them has to name the project whose quota is used.
  billing_project       = var.project
  user_project_override = true
}

locals {
  # What `audobon backup cost` and the bill know as Audobon's. Jobs that `audobon cloud` submits have the label `audobon`,
  # by which it ends them: what stands here and is to stay has not.
  labels = merge(var.labels, { "made-by" = "audobon" })

  services = toset([
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudscheduler.googleapis.com",
    "cloudtasks.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ])
}

data "google_project" "this" {
  project_id = var.project
}

resource "google_project_service" "this" {
  for_each = local.services

  service            = each.key
  disable_on_destroy = false
}

locals {
  # What a bucket is for decides how it is kept.
  buckets = {
    # Recovery points share packs, so nothing is deleted by age: `audobon backup prune` knows what may go.
    backup = {
      soft_delete_days = 7
      rules = var.backup_class == "STANDARD" ? [] : [
        { type = "SetStorageClass", storage_class = var.backup_class, age = 30, prefixes = ["library/packs/"], classes = ["STANDARD"] },
      ]
    }
    # What jobs write, once each. Nothing of it is the only copy: the library takes it in, and then it may go.
    results = {
      soft_delete_days = 0
      rules = [
        { type = "Delete", storage_class = null, age = var.results_days, prefixes = [], classes = [] },
      ]
    }
    # Weights, read by every job that starts: STANDARD, and never deleted by age.
    models = {
      soft_delete_days = 7
      rules            = []
    }
  }
}

resource "google_storage_bucket" "this" {
  # checkov:skip=CKV_GCP_78:Audobon creates objects and replaces only small ones, which soft delete holds for a week; versions would only be billed.
  for_each = local.buckets

  name                        = "${var.prefix}-${each.key}"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = merge(local.labels, { "kind" = each.key })

  encryption {
    default_kms_key_name = google_kms_crypto_key.storage.id
  }

  soft_delete_policy {
    retention_duration_seconds = each.value.soft_delete_days * 86400
  }

  logging {
    log_bucket        = google_storage_bucket.logs.name
    log_object_prefix = each.key
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.rules

    content {
      action {
        type          = lifecycle_rule.value.type
        storage_class = lifecycle_rule.value.storage_class
      }

      condition {
        age                   = lifecycle_rule.value.age
        matches_prefix        = lifecycle_rule.value.prefixes
        matches_storage_class = lifecycle_rule.value.classes
      }
    }
  }

  # Parts of uploads that somebody gave up are billed until they are removed.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 7
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.services]
}

# Who read and wrote what in the other buckets, for a quarter.
resource "google_storage_bucket" "logs" {
  # checkov:skip=CKV_GCP_62:The bucket that access is logged to cannot log into itself.
  # checkov:skip=CKV_GCP_78:Cloud Storage writes each log once, and nobody replaces it.
  name                        = "${var.prefix}-logs"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = merge(local.labels, { "kind" = "logs" })

  encryption {
    default_kms_key_name = google_kms_crypto_key.storage.id
  }

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = 90
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.services]
}

# Google writes usage logs as a group of its own.
resource "google_storage_bucket_iam_member" "logs" {
  bucket = google_storage_bucket.logs.name
  role   = "roles/storage.objectCreator"
  member = "group:cloud-storage-analytics@google.com"
}

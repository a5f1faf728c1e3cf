# Three accounts, each with what its work needs and no role on the project that changes anything. There are no keys: people
# act as them (roles/iam.serviceAccountTokenCreator), jobs run as them.
resource "google_service_account" "backup" {
  account_id   = "audobon-backup"
  display_name = "Audobon: makes, prunes and copies backups"
}

resource "google_service_account" "worker" {
  account_id   = "audobon-worker"
  display_name = "Audobon: runs jobs"
}

resource "google_service_account" "starter" {
  account_id   = "audobon-starter"
  display_name = "Audobon: starts the jobs that are scheduled, and can do nothing else"
}

locals {
  # Which account gets which role on which bucket.
  grants = {
    backup_writes  = { bucket = "backup", role = "roles/storage.objectUser", member = google_service_account.backup.member }
    backup_looks   = { bucket = "backup", role = "roles/storage.legacyBucketReader", member = google_service_account.backup.member }
    worker_checks  = { bucket = "backup", role = "roles/storage.objectViewer", member = google_service_account.worker.member }
    worker_results = { bucket = "results", role = "roles/storage.objectUser", member = google_service_account.worker.member }
    worker_models  = { bucket = "models", role = "roles/storage.objectViewer", member = google_service_account.worker.member }
  }
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = local.grants

  bucket = google_storage_bucket.this[each.value.bucket].name
  role   = each.value.role
  member = each.value.member
}

# The passphrase of the repository, for jobs that open it. Its value is put in by hand, so that it is in no state file:
#   gcloud secrets versions add audobon-passphrase --data-file=-
resource "google_secret_manager_secret" "passphrase" {
  secret_id = "audobon-passphrase"
  labels    = local.labels

  replication {
    user_managed {
      replicas {
        location = var.region

        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.storage.id
        }
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.services]
}

resource "google_secret_manager_secret_iam_member" "jobs" {
  for_each = local.accounts

  secret_id = google_secret_manager_secret.passphrase.id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member
}

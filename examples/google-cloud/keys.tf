# One key for what is kept. Audobon encrypts backups itself, before they are sent; this key is for what it does not encrypt
# (results, models, images, logs), and lets the owner shut everything by disabling one key.
resource "google_kms_key_ring" "audobon" {
  name     = "audobon"
  location = var.region

  depends_on = [google_project_service.this]
}

resource "google_kms_crypto_key" "storage" {
  name            = "storage"
  key_ring        = google_kms_key_ring.audobon.id
  rotation_period = "7776000s" # 90 days; older versions stay for what they encrypted
  labels          = local.labels

  lifecycle {
    prevent_destroy = true
  }
}

# Services encrypt with it as accounts of their own.
data "google_storage_project_service_account" "this" {
  depends_on = [google_project_service.this]
}

data "google_logging_project_cmek_settings" "this" {
  project = var.project
}

resource "google_project_service_identity" "registry" {
  service = "artifactregistry.googleapis.com"

  depends_on = [google_project_service.this]
}

resource "google_project_service_identity" "secrets" {
  service = "secretmanager.googleapis.com"

  depends_on = [google_project_service.this]
}

resource "google_kms_crypto_key_iam_member" "services" {
  for_each = {
    storage  = data.google_storage_project_service_account.this.member
    logging  = "serviceAccount:${data.google_logging_project_cmek_settings.this.service_account_id}"
    registry = google_project_service_identity.registry.member
    secrets  = google_project_service_identity.secrets.member
  }

  crypto_key_id = google_kms_crypto_key.storage.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}

resource "google_artifact_registry_repository" "audobon" {
  repository_id = "audobon"
  location      = var.region
  format        = "DOCKER"
  description   = "Audobon's images, by version and digest"
  kms_key_name  = google_kms_crypto_key.storage.id
  labels        = local.labels

  # A tag that is set stays where it is: going back to a version is naming its digest.
  docker_config {
    immutable_tags = true
  }

  cleanup_policies {
    id     = "keep-ten"
    action = "KEEP"

    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "old"
    action = "DELETE"

    condition {
      older_than = "15552000s" # 180 days
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.services]
}

resource "google_artifact_registry_repository_iam_member" "jobs" {
  for_each = local.accounts

  repository = google_artifact_registry_repository.audobon.name
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = each.value.member
}

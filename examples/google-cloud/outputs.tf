output "settings" {
  description = "For the user's settings file: `tofu output -raw settings >> \"$(audobon config path settings)\"`."
  value       = <<-EOT
    [backup]
    default = "cloud"

    [backup.destinations.cloud]
    address = "gs://${google_storage_bucket.this["backup"].name}/library"
    impersonate = "${google_service_account.backup.email}"

    [cloud]
    project = "${var.project}"
    region = "${var.region}"
    place = "gs://${google_storage_bucket.this["results"].name}/audobon"
    starter = "${google_service_account.starter.email}"
  EOT
}

output "models" {
  description = "Where models for jobs lie: `audobon models pull` takes addresses below it."
  value       = "gs://${google_storage_bucket.this["models"].name}"
}

output "images" {
  description = "What images are pushed to; cloudbuild.yaml takes it as _REPOSITORY."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.audobon.repository_id}"
}

output "worker_account" {
  description = "The account that jobs run as."
  value       = google_service_account.worker.email
}

output "dashboard" {
  description = "The dashboard's id."
  value       = google_monitoring_dashboard.audobon.id
}

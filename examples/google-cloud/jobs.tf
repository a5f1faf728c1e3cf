# Jobs, and not services: they cost nothing between two runs, and each task has a hard limit of time. What `audobon cloud`
# submits it makes itself (its schedules and queues of Cloud Tasks, too); these are what `audobon backup schedule` writes
# for a machine of one's own: looking at the repository, pruning it, and copying it to another one.
locals {
  copied = var.copy == "" ? {} : {
    sync = {
      arguments       = ["backup", "sync", "gs://BACKUP/library", var.copy]
      schedule        = "17 6 * * *"
      account         = "backup"
      tasks           = 1
      cpu             = 1
      memory_gib      = 2
      timeout_seconds = 14400
    }
  }

  jobs     = var.image == "" ? {} : merge(local.copied, var.jobs)
  accounts = { worker = google_service_account.worker, backup = google_service_account.backup }
}

resource "google_cloud_run_v2_job" "this" {
  for_each = local.jobs

  name                = "audobon-${each.key}"
  location            = var.region
  labels              = local.labels
  deletion_protection = false

  template {
    task_count = each.value.tasks
    labels     = local.labels

    template {
      service_account = local.accounts[each.value.account].email
      timeout         = "${each.value.timeout_seconds}s"
      max_retries     = 1

      containers {
        image = var.image

        args = [for argument in each.value.arguments : replace(replace(replace(argument,
          "gs://BACKUP", "gs://${google_storage_bucket.this["backup"].name}"),
          "gs://RESULTS", "gs://${google_storage_bucket.this["results"].name}"),
          "gs://MODELS", "gs://${google_storage_bucket.this["models"].name}")
        ]

        resources {
          limits = {
            cpu    = tostring(each.value.cpu)
            memory = "${each.value.memory_gib}Gi"
          }
        }

        env {
          name  = "AUDOBON_LOG_FORMAT"
          value = "gcp"
        }

        env {
          name = "AUDOBON_PASSPHRASE"

          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.passphrase.secret_id
              version = "latest"
            }
          }
        }
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.jobs,
    google_secret_manager_secret_iam_member.jobs,
  ]
}

resource "google_cloud_run_v2_job_iam_member" "starter" {
  for_each = local.jobs

  name     = google_cloud_run_v2_job.this[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.starter.member
}

resource "google_cloud_scheduler_job" "this" {
  for_each = local.jobs

  name             = "audobon-${each.key}"
  region           = var.region
  schedule         = each.value.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "320s"

  retry_config {
    retry_count = 2
  }

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project}/locations/${var.region}/jobs/${google_cloud_run_v2_job.this[each.key].name}:run"

    oauth_token {
      service_account_email = google_service_account.starter.email
    }
  }

  depends_on = [google_project_service.this]
}

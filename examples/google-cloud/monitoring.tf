# What Audobon writes to stderr with AUDOBON_LOG_FORMAT=gcp: one record a line, taken apart by Cloud Logging. Prompts and names
# are not in it. docs/operations.md has the records.
locals {
  records = "resource.type=\"cloud_run_job\" AND resource.labels.job_name=~\"^audobon-\""
  counts = {
    runs = {
      description = "Commands that ended, by their status"
      filter      = "jsonPayload.event=\"run_ended\""
      labels = {
        command = "EXTRACT(labels.command)"
        code    = "EXTRACT(jsonPayload.data.code)"
        status  = "EXTRACT(jsonPayload.data.status)"
      }
    }
    assets = {
      description = "Pictures and sounds that were drawn and kept"
      filter      = "jsonPayload.event=\"image_filed\" AND jsonPayload.data.existing=false"
      labels = {
        medium = "EXTRACT(jsonPayload.data.medium)"
        model  = "EXTRACT(jsonPayload.data.model)"
      }
    }
    jobs = {
      description = "Attempts of queued jobs that ended"
      filter      = "jsonPayload.event=\"job_ended\""
      labels      = { state = "EXTRACT(jsonPayload.data.state)" }
    }
  }
}

resource "google_logging_metric" "counts" {
  for_each = local.counts

  name        = "audobon/${each.key}"
  description = each.value.description
  filter      = "${local.records} AND ${each.value.filter}"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  label_extractors = each.value.labels
}

resource "google_logging_metric" "seconds" {
  name            = "audobon/drawing_seconds"
  description     = "Wall time from the start of a picture or sound until it was kept"
  filter          = "${local.records} AND jsonPayload.event=\"image_filed\" AND jsonPayload.data.existing=false"
  value_extractor = "EXTRACT(jsonPayload.data.seconds)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "s"
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 24
      growth_factor      = 1.6
      scale              = 0.05
    }
  }
}

# Records are kept for longer than the 30 days of the default bucket, in the region, under the key.
resource "google_logging_project_bucket_config" "audobon" {
  project        = var.project
  location       = var.region
  bucket_id      = "audobon"
  retention_days = 90

  cmek_settings {
    kms_key_name = google_kms_crypto_key.storage.id
  }

  depends_on = [google_kms_crypto_key_iam_member.services]
}

resource "google_logging_project_sink" "audobon" {
  name                   = "audobon"
  description            = "Records of Audobon's jobs"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.audobon.id}"
  filter                 = local.records
  unique_writer_identity = true
}

resource "google_monitoring_notification_channel" "mail" {
  display_name = "Audobon"
  type         = "email"
  labels       = { email_address = var.alert_mail }
  user_labels  = local.labels

  depends_on = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "failed" {
  display_name = "Audobon: a command failed"
  combiner     = "OR"
  user_labels  = local.labels

  conditions {
    display_name = "A run ended with a status that is not 0"

    condition_threshold {
      filter          = "metric.type=\"logging.googleapis.com/user/audobon/runs\" AND resource.type=\"cloud_run_job\" AND metric.labels.status!=\"0\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["metric.labels.command", "metric.labels.code"]
      }
    }
  }

  # A task that is killed (time, memory) writes no last record: Cloud Run counts it.
  conditions {
    display_name = "An execution of a job failed"

    condition_threshold {
      filter          = "metric.type=\"run.googleapis.com/job/completed_execution_count\" AND resource.type=\"cloud_run_job\" AND resource.labels.job_name=starts_with(\"audobon-\") AND metric.labels.result=\"failed\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.labels.job_name"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Codes of errors and what to do next: docs/errors.md. The records: `audobon cloud logs`, or Logs Explorer with `jsonPayload.event=\"failed\"`."
  }

  notification_channels = [google_monitoring_notification_channel.mail.id]

  depends_on = [google_logging_metric.counts]
}

resource "google_monitoring_alert_policy" "no_verify" {
  count = contains(keys(local.jobs), "verify") ? 1 : 0

  display_name = "Audobon: the backup was not verified for a day"
  combiner     = "OR"
  user_labels  = local.labels

  conditions {
    display_name = "No `backup verify` ended well within 25 hours"

    condition_threshold {
      filter                  = "metric.type=\"logging.googleapis.com/user/audobon/runs\" AND resource.type=\"cloud_run_job\" AND metric.labels.status=\"0\" AND metric.labels.command=\"backup verify\""
      comparison              = "COMPARISON_LT"
      threshold_value         = 1
      duration                = "3600s"
      evaluation_missing_data = "EVALUATION_MISSING_DATA_ACTIVE"

      aggregations {
        alignment_period     = "90000s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  notification_channels = [google_monitoring_notification_channel.mail.id]

  depends_on = [google_logging_metric.counts]
}

resource "google_monitoring_alert_policy" "storage" {
  display_name = "Audobon: a bucket grew beyond ${var.storage_limit_gib} GiB"
  combiner     = "OR"
  user_labels  = local.labels

  conditions {
    display_name = "Bytes in a bucket"

    condition_threshold {
      filter          = "metric.type=\"storage.googleapis.com/storage/v2/total_bytes\" AND resource.type=\"gcs_bucket\" AND resource.labels.bucket_name=starts_with(\"${var.prefix}-\")"
      comparison      = "COMPARISON_GT"
      threshold_value = var.storage_limit_gib * 1073741824
      duration        = "0s"

      aggregations {
        alignment_period     = "86400s"
        per_series_aligner   = "ALIGN_MEAN"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.labels.bucket_name"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "`audobon backup cost` says what it costs and which class suits, `audobon backup prune` removes old recovery points."
  }

  notification_channels = [google_monitoring_notification_channel.mail.id]

  depends_on = [google_project_service.this]
}

locals {
  charts = [
    { title = "Commands by status", metric = "logging.googleapis.com/user/audobon/runs", resource = "cloud_run_job", group = "metric.label.status", aligner = "ALIGN_DELTA" },
    { title = "Errors by code", metric = "logging.googleapis.com/user/audobon/runs", resource = "cloud_run_job", group = "metric.label.code", aligner = "ALIGN_DELTA" },
    { title = "Kept, by model", metric = "logging.googleapis.com/user/audobon/assets", resource = "cloud_run_job", group = "metric.label.model", aligner = "ALIGN_DELTA" },
    { title = "Jobs by state", metric = "logging.googleapis.com/user/audobon/jobs", resource = "cloud_run_job", group = "metric.label.state", aligner = "ALIGN_DELTA" },
    { title = "Bytes by bucket", metric = "storage.googleapis.com/storage/v2/total_bytes", resource = "gcs_bucket", group = "resource.label.bucket_name", aligner = "ALIGN_MEAN" },
  ]
}

resource "google_monitoring_dashboard" "audobon" {
  dashboard_json = jsonencode({
    displayName = "Audobon"
    labels      = local.labels
    gridLayout = {
      columns = 2
      widgets = concat(
        [for chart in local.charts : {
          title = chart.title
          xyChart = {
            dataSets = [{
              plotType = "STACKED_BAR"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = "metric.type=\"${chart.metric}\" resource.type=\"${chart.resource}\""
                  aggregation = {
                    alignmentPeriod    = "3600s"
                    perSeriesAligner   = chart.aligner
                    crossSeriesReducer = "REDUCE_SUM"
                    groupByFields      = [chart.group]
                  }
                }
              }
            }]
          }
        }],
        [{
          title = "Seconds a picture (half, 95 of 100)"
          xyChart = {
            dataSets = [for aligner in ["ALIGN_PERCENTILE_50", "ALIGN_PERCENTILE_95"] : {
              plotType = "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter      = "metric.type=\"logging.googleapis.com/user/audobon/drawing_seconds\" resource.type=\"cloud_run_job\""
                  aggregation = { alignmentPeriod = "3600s", perSeriesAligner = aligner }
                }
              }
            }]
          }
        }],
      )
    }
  })

  depends_on = [google_logging_metric.counts, google_logging_metric.seconds]
}

# Tells, and stops nothing: Google's figures come hours late. What stops is Audobon's own budget (`budget.per_month`), which
# reserves the price of the longest time before a job is submitted.
resource "google_billing_budget" "month" {
  billing_account = var.billing_account
  display_name    = "Audobon in ${var.project}"

  budget_filter {
    projects        = ["projects/${data.google_project.this.number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      units = tostring(var.month_budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.8, 1.0]

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = [google_monitoring_notification_channel.mail.id]
    disable_default_iam_recipients   = true
  }

  depends_on = [google_project_service.this]
}

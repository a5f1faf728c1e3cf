variable "project" {
  description = "Id of an existing project."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's id has 6 to 30 of a-z, 0-9 and -, and begins with a letter."
  }
}

variable "region" {
  description = "Region of everything. Buckets in a region cost least; reading them from jobs in the same region is free of egress."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is written as europe-west1."
  }
}

variable "prefix" {
  description = "What the buckets' names begin with: they are taken from one namespace of the whole world."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,40}$", var.prefix)) && !startswith(var.prefix, "goog")
    error_message = "The prefix has 2 to 41 of a-z, 0-9 and -, and does not begin with goog."
  }
}

variable "billing_account" {
  description = "Id of the billing account that the budget watches, as 012345-6789AB-CDEF01."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "A billing account's id is written as 012345-6789AB-CDEF01."
  }
}

variable "month_budget" {
  description = "What the project may cost in a calendar month, in the billing account's currency. Mails are sent at 50, 80 and 100 %; nothing stops: that is what Audobon's own budgets are for."
  type        = number
  default     = 20

  validation {
    condition     = var.month_budget >= 1 && floor(var.month_budget) == var.month_budget
    error_message = "The budget is a whole number from 1 on."
  }
}

variable "alert_mail" {
  description = "Address that alerts are mailed to."
  type        = string

  validation {
    condition     = can(regex("^[^@[:space:]]+@[^@[:space:]]+$", var.alert_mail))
    error_message = "This is no address of a mailbox."
  }
}

variable "backup_class" {
  description = "Storage class that packs of backups move to after a month; STANDARD leaves them. `audobon backup cost` says which one suits."
  type        = string
  default     = "NEARLINE"

  validation {
    condition     = contains(["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"], var.backup_class)
    error_message = "Choose STANDARD, NEARLINE, COLDLINE or ARCHIVE."
  }
}

variable "results_days" {
  description = "Days after which results of jobs go: the library that asked for them has them by then."
  type        = number
  default     = 30

  validation {
    condition     = var.results_days >= 1
    error_message = "Results stay a day at least."
  }
}

variable "storage_limit_gib" {
  description = "An alert is sent when one bucket holds more."
  type        = number
  default     = 200

  validation {
    condition     = var.storage_limit_gib > 0
    error_message = "The limit is larger than 0."
  }
}

variable "image" {
  description = "The image that jobs run, by its digest: REGION-docker.pkg.dev/PROJECT/audobon/cpu@sha256:... Empty before the first one was pushed; no job is made then."
  type        = string
  default     = ""

  validation {
    condition     = var.image == "" || can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest, so that a job runs what was tested, and going back is naming the one before."
  }
}

variable "jobs" {
  description = "Jobs that Cloud Scheduler starts: what the program is given, and when (cron, UTC). gs://BACKUP, gs://RESULTS and gs://MODELS stand for the buckets. A job runs as worker, which only reads backups, or as backup. Times are hard limits."
  type = map(object({
    arguments       = list(string)
    schedule        = string
    account         = optional(string, "worker")
    tasks           = optional(number, 1)
    cpu             = optional(number, 1)
    memory_gib      = optional(number, 2)
    timeout_seconds = optional(number, 3600)
  }))
  default = {
    verify = {
      arguments = ["backup", "verify", "--repo", "gs://BACKUP/library"]
      schedule  = "17 4 * * *"
    }
    prune = {
      arguments = ["backup", "prune", "--repo", "gs://BACKUP/library", "--keep-daily", "7", "--keep-weekly", "5", "--keep-monthly", "12", "--yes"]
      schedule  = "17 5 * * 1"
      account   = "backup"
    }
  }

  validation {
    condition = alltrue([
      for job in values(var.jobs) : job.tasks >= 1 && job.tasks <= 100 && job.timeout_seconds >= 60 && job.timeout_seconds <= 86400
    ])
    error_message = "A job has 1 to 100 tasks, and each ends after 60 to 86400 seconds."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : contains(["worker", "backup"], job.account)])
    error_message = "A job runs as worker or as backup."
  }
}

variable "copy" {
  description = "A second repository that backups are copied to each morning, as gs://OTHER-BUCKET/library or s3://...; made with `audobon backup init`, and written to by audobon-backup. Empty for none."
  type        = string
  default     = ""

  validation {
    condition     = var.copy == "" || can(regex("^(gs|s3)://[^/]+/.+$", var.copy))
    error_message = "Name a folder in a bucket, as gs://OTHER-BUCKET/library."
  }
}

variable "labels" {
  description = "More labels on everything that can have them."
  type        = map(string)
  default     = {}
}

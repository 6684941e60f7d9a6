variable "kms_key_arn" {
  description = "Key that encrypts the documents"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "documents" {
  description = "First documents as JSON text, by profile: withholding_rates, market_calendars"
  type        = map(string)

  validation {
    condition     = toset(keys(var.documents)) == toset(["withholding_rates", "market_calendars"])
    error_message = "documents: exactly the keys withholding_rates and market_calendars."
  }

  validation {
    condition     = alltrue([for document in var.documents : can(jsondecode(document)) && length(document) <= 1048576])
    error_message = "documents: each must be JSON of at most 1 MiB, which is what AppConfig hosts."
  }
}

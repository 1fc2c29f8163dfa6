# What differs from environment to environment.

variable "environment" {
  type        = string
  description = "Printed on top of every plan."
  default     = "demo"
}

# Which stages have their Go. This is what a rollout's pull request changes: one name, reviewed, planned, applied.
# Try: flagstaff plan -var 'medical_records_go=["wave_1a"]'

variable "appointments_go" {
  type    = list(string)
  default = []
}

variable "medical_records_go" {
  type    = list(string)
  default = []
}

variable "medications_go" {
  type    = list(string)
  default = []
}

variable "secure_messaging_go" {
  type    = list(string)
  default = ["canary"]
}

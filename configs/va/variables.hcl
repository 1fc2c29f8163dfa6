# How far each wave is turned up, in percent of the people who log in.
# This is the file that a rollout's pull request changes: one number, reviewed, planned, applied.

variable "environment" {
  type        = string
  description = "Printed on top of every plan."
  default     = "demo"
}

variable "wave_1a" {
  type        = number
  description = "Medical Records, wave 1A: allergies, labs and tests, care notes. Planned: 5, then 20."
  default     = 5
}

variable "wave_1b" {
  type        = number
  description = "Medical Records, wave 1B: vitals, conditions. Waits for the validation of VistA data. Planned: 5, then 20."
  default     = 0
}

variable "medications" {
  type        = number
  description = "Medications. Planned: 1 to 5, 20, 100; not before allergies and labs are at 100."
  default     = 0
}

variable "secure_messaging" {
  type        = number
  description = "Secure Messaging (SM). Planned: 1 to 5, 20, 100."
  default     = 5
}

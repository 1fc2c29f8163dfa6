# Secure Messaging (SM): everything before the canary is done, and the canary has its Go.

blocker "sm_validation" {
  title   = "Validation of Secure Messaging with Oracle Health is complete"
  status  = "complete"
  product = product.secure_messaging
}

trigger "sm_new_errors" {
  title  = "New class of errors when reading or sending messages"
  reason = "Unknown failure mode"
  action = "Roll back; Veterans see VistA messages only"
}

rollout "secure_messaging" {
  title      = "Secure Messaging (SM) Oracle Health Integration - Dark Deploy"
  product    = product.secure_messaging
  go         = var.secure_messaging_go
  blocked_by = [blocker.sm_validation]
  triggers   = [trigger.sm_new_errors]

  stage "canary" {
    percentage = between(1, 5)
    toggles    = [toggle.secure_messaging]
    soak       = between("24h", "48h")
  }

  stage "limited" {
    percentage = 20
    toggles    = [toggle.secure_messaging]
    soak       = between("48h", "72h")
    approval   = role.sm_po
  }

  stage "full" {
    percentage = 100
    toggles    = [toggle.secure_messaging]
    soak       = between("7d", "14d")
    approval   = role.sm_po
  }
}

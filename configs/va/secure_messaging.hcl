# Secure Messaging (SM): a session also asks for Oracle Health messages. Nothing to see for VistA patients.

product "secure_messaging" {
  title  = "Secure Messaging"
  owner  = role.sm_po
  people = 900000 # an estimate

  segment "vista" {
    share = 0.90
    on    = "no change"
    off   = "no change"
  }
  segment "oracle" {
    share = 0.02
    on    = "Oracle Health messages and recipients are there"
    off   = "no Oracle Health messages"
  }
  segment "dual" {
    share = 0.08
    on    = "VistA and Oracle Health messages in one inbox"
    off   = "VistA messages only"
  }
}

# On top of a list of trusted testers. Testers keep it whatever the percentage.
toggle "secure_messaging" {
  key     = "mhv_secure_messaging_cerner_pilot"
  title   = "Secure Messaging with Oracle Health"
  aliases = ["isAcceleratingSecureMessaging"]
  product = product.secure_messaging
}

# Renewals by message, on a clock of their own: six Oracle Health sites.
toggle "renewal_request" {
  key     = "mhv_secure_messaging_medications_renewal_request"
  title   = "Prescription renewal through Secure Messaging"
  product = product.secure_messaging
}

experience "secure_messaging_web" {
  title   = "Oracle Health messages on the website"
  product = product.secure_messaging
  when    = toggle.global && toggle.secure_messaging
}

# The mobile app does not look at the global switch.
experience "secure_messaging_mobile" {
  title   = "Oracle Health messages in the app"
  product = product.secure_messaging
  when    = toggle.secure_messaging
}

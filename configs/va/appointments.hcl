# Appointments (VAOS): only Oracle Health patients are affected; for VistA patients the toggles do nothing.

product "appointments" {
  title  = "Appointments"
  owner  = role.appointments_po
  people = 1500000 # an estimate

  segment "vista" {
    title = "Vista patients"
    share = 0.90
    on    = "Flag has no effect: Vista scheduling (?), no change whatsoever"
    off   = "no change whatsoever"
  }
  segment "oracle" {
    title = "Oracle patients"
    share = 0.10
    on    = "Flag enables Oracle routing: appointments fetched from Oracle, Oracle Health (Millennium)"
    off   = "the VistA-only flow; Veterans notice nothing, rollback is invisible"
  }
}

# The whole app, for everybody, logged in or not. "on" is more than 100 %: a percentage would shut out
# visitors who are not logged in, and would wipe the list of testers.
toggle "scheduling" {
  key       = "va_online_scheduling"
  title     = "Appointments as a whole"
  product   = product.appointments
  enabled   = true
  protected = true # never lowered by a plan without the owner's agreement
}

# The catalogue. Which of these take part in the rollout is still to come from the team.
# Names are case-sensitive: it really is OH.
locals {
  scheduling_catalogue = {
    va_online_scheduling_use_vpg                 = "Requests go through VPG"
    va_online_scheduling_enable_OH_cancellations = "Cancel Oracle Health appointments"
    va_online_scheduling_enable_OH_eligibility   = "Eligibility at Oracle Health sites"
    va_online_scheduling_enable_OH_slots_search  = "Free slots at Oracle Health sites"
    va_online_scheduling_OH_direct_schedule      = "Book at Oracle Health sites"
    va_online_scheduling_OH_request              = "Ask for an appointment at Oracle Health sites"
    va_online_scheduling_add_OH_avs              = "After-visit summaries from Oracle Health"
    va_online_scheduling_uhd_avs_metadata        = "After-visit summaries listed through UHD"
    va_online_scheduling_cscs_migration          = "CSCS migration"
    va_online_scheduling_parallel_travel_claims  = "Travel claims are fetched at the same time"
    va_online_scheduling_booking_exclusion       = "No booking at sites that are cutting over"
    va_online_scheduling_cancellation_exclusion  = "No cancelling at sites that are cutting over"
  }
}

toggle "oh_scheduling" {
  for_each = local.scheduling_catalogue
  key      = each.key
  title    = each.value
  product  = product.appointments
}

# The Appointments (UAE) rollout plan. Which toggles it turns is not known yet, so no stage can start.

locals {
  appointments_toggles = undecided("The feature toggles of va_online_scheduling that take part. TBD: Coming from team")

  api_error_baseline    = undecided("Baseline ~X% of the API error rate")
  booking_baseline      = undecided("Baseline ~X% of the booking success rate")
  cancellation_baseline = undecided("Baseline ~X% of the cancellation success rate")
  oracle_response_times = undecided("normal Oracle API response times: TBD ms")
}

blocker "travel_pay_back_office" {
  title   = "Travel Pay back office is ready for OH claims"
  status  = undecided("is the Travel Pay back office ready for OH claims?")
  product = product.appointments
}

blocker "appointments_dashboards" {
  title   = "Monitoring dashboards are created or updated to highlight Oracle-specific metrics"
  status  = undecided("TBD: Create or update dashboards to highlight Oracle-specific metrics")
  product = product.appointments
}

blocker "appointments_diagrams" {
  title    = "Accurate diagrams show the data flow for Vista vs Oracle patients"
  status   = "pending"
  blocking = false
  product  = product.appointments
}

blocker "appointments_wave_2" {
  title   = "Wave 2 is complete"
  status  = "pending"
  product = product.appointments
}

blocker "appointments_stability" {
  title   = "Team is comfortable with stability"
  status  = "pending"
  product = product.appointments
}

# ---- What is watched. Existing alerts continue to fire for Oracle patients: they go through the same VAOS layer. ----

monitor "appointments_api_errors" {
  title      = "API error rate"
  where      = "Existing Datadog alerts"
  normal     = local.api_error_baseline
  concerning = "Any increase"

  source "datadog" {
    site        = "ddog-gov.com"
    numerator   = "sum:vets_api.vaos.errors{env:eks-prod}.as_count()"
    denominator = "sum:vets_api.vaos.requests{env:eks-prod}.as_count()"
    window      = "1h"
  }
  baseline {
    value = local.api_error_baseline
  }
  min_samples = 1000
}

monitor "appointments_fetch_failures" {
  title      = "Appointment fetch failures"
  where      = "API logs"
  normal     = "Rare"
  concerning = "Any increase"

  source "datadog" {
    site        = "ddog-gov.com"
    numerator   = "sum:vets_api.vaos.fetch_failures{env:eks-prod}.as_count()"
    denominator = "sum:vets_api.vaos.fetches{env:eks-prod}.as_count()"
    window      = "1h"
  }
  baseline {
    window = "7d"
  }
  min_samples = 1000
}

monitor "appointments_booking" {
  title      = "Appointment booking success rate"
  where      = "Existing metrics"
  normal     = local.booking_baseline
  concerning = "Any decrease"
  worse      = "decrease"

  source "datadog" {
    site        = "ddog-gov.com"
    numerator   = "sum:vets_api.vaos.bookings.success{env:eks-prod}.as_count()"
    denominator = "sum:vets_api.vaos.bookings{env:eks-prod}.as_count()"
    window      = "6h"
  }
  baseline {
    value = local.booking_baseline
  }
  min_samples = 200
}

monitor "appointments_cancellation" {
  title      = "Appointment cancellation success rate"
  where      = "Existing metrics"
  normal     = local.cancellation_baseline
  concerning = "Any decrease"
  worse      = "decrease"

  source "datadog" {
    site        = "ddog-gov.com"
    numerator   = "sum:vets_api.vaos.cancellations.success{env:eks-prod}.as_count()"
    denominator = "sum:vets_api.vaos.cancellations{env:eks-prod}.as_count()"
    window      = "6h"
  }
  baseline {
    value = local.cancellation_baseline
  }
  min_samples = 200
}

monitor "vaos_response_times" {
  title      = "Oracle API response times"
  where      = "VAOS logs"
  normal     = local.oracle_response_times
  concerning = "Significant increase"
  unit       = "ms"

  source "datadog" {
    site   = "ddog-gov.com"
    query  = "p95:vets_api.vaos.oracle.request.duration{env:eks-prod}"
    window = "1h"
  }
  pass_when = measured <= local.oracle_response_times
}

monitor "vaos_timeouts" {
  title      = "Oracle API timeout rate"
  where      = "VAOS logs"
  normal     = "Near zero"
  concerning = "Any timeouts"

  source "datadog" {
    site        = "ddog-gov.com"
    numerator   = "sum:vets_api.vaos.oracle.timeouts{env:eks-prod}.as_count()"
    denominator = "sum:vets_api.vaos.oracle.requests{env:eks-prod}.as_count()"
    window      = "1h"
  }
  pass_when   = measured == 0
  min_samples = 100
}

# ---- What makes us roll back at once ----

trigger "appointments_new_errors" {
  title  = "New class of errors we didn't see in testing"
  reason = "Unknown failure mode"
  action = "Immediate rollback"
}

trigger "appointments_fetching" {
  title   = "Errors when fetching appointments for Oracle patients"
  reason  = "Core functionality broken"
  action  = "Immediate rollback"
  monitor = monitor.appointments_fetch_failures
}

trigger "appointments_booking" {
  title   = "Errors when booking appointments for Oracle patients"
  reason  = "Veterans can't schedule care"
  action  = "Immediate rollback"
  monitor = monitor.appointments_booking
}

trigger "appointments_canceling" {
  title   = "Errors when canceling appointments for Oracle patients"
  reason  = "Veterans stuck with unwanted appts"
  action  = "Immediate rollback"
  monitor = monitor.appointments_cancellation
}

trigger "appointments_unknown_errors" {
  title  = "Unknown/unfamiliar error patterns"
  reason = "Can't diagnose in real-time"
  action = "Immediate rollback"
}

# ---- The stages. The plan counts its steps 1, 3, 4, 5. ----

rollout "appointments" {
  title   = "Appointments (UAE) Oracle Health Integration - Dark Deploy"
  product = product.appointments
  go      = var.appointments_go

  blocked_by = [blocker.travel_pay_back_office, blocker.appointments_dashboards]
  monitors = [
    monitor.appointments_api_errors,
    monitor.appointments_fetch_failures,
    monitor.appointments_booking,
    monitor.appointments_cancellation,
    monitor.vaos_response_times,
    monitor.vaos_timeouts,
  ]
  triggers = [
    trigger.appointments_new_errors,
    trigger.appointments_fetching,
    trigger.appointments_booking,
    trigger.appointments_canceling,
    trigger.appointments_unknown_errors,
  ]

  stage "canary" {
    title      = "Step 1: Canary Release (1-5% of eligible users)"
    percentage = between(1, 5)
    toggles    = local.appointments_toggles
    note       = "Enable feature flag at 1-5%. Random selection of all patients. Monitor for any new error classes."
  }

  stage "limited" {
    title      = "Step 3: Limited Rollout (20% of eligible users)"
    percentage = 20
    toggles    = local.appointments_toggles
    approval   = role.appointments_po # Go/No-Go decision before proceeding from the canary
    note       = "Increase feature flag to 20%. Monitor error rates against baseline. Go/No-Go decision before proceeding."
  }

  stage "full" {
    title      = "Step 4: Full Rollout (100% of eligible users)"
    percentage = 100
    toggles    = local.appointments_toggles
    approval   = role.appointments_po
    soak       = between("7d", "14d")
    note       = "Enable feature flag at 100%. All Oracle/dual patients now using Oracle integration. Duration: 1-2 weeks observation period. Declare rollout complete if stable."
  }

  stage "nudging" {
    title      = "Step 5: Nudging Phase (Post-100%)"
    not_before = undecided("start of the nudging phase: timeline TBD based on Wave 2 completion")
    blocked_by = [blocker.appointments_wave_2, blocker.appointments_stability]
    note       = "Begin active user migration/notification efforts. Only after team is comfortable with stability."
  }

  risk "avs_latency" {
    title      = "AVS is showing considerable latency for Oracle patients, we need to validate in the canary phase and be ready to pivot if needed."
    mitigation = "The canary comes first, and going back takes one command."
  }

  risk "travel_pay" {
    title      = "Is the Travel Pay back office ready for OH claims?"
    mitigation = "blocker.travel_pay_back_office keeps every stage from starting until it is."
  }

  document {
    title   = "Appointments (UAE) Oracle Health Integration - Dark Deploy Rollout Plan"
    status  = "Draft"
    updated = "January 22, 2026"
    facts = {
      Product     = "Appointments / Unified Appointments Experience (UAE)"
      Integration = "Oracle Health (Millennium)"
    }

    section "summary" {
      title = "Executive Summary"
      body  = <<-EOT
        This document outlines the phased rollout plan for enabling Oracle Health data integration for Appointments. This is a **"dark deploy"** - we are not telling Veterans that their data may be coming from different sources. Users will not be notified that their data source may change. The integration is designed to be completely transparent to end users.

        **Key Principle:** Veterans' appointments may look different, but we are not asking them to report if something looks weird. We are relying on our own monitoring and validation to catch issues.
      EOT
    }

    section "experience" {
      title = "What Veterans Will Experience"
      body  = <<-EOT
        - **Same UI** - No visual changes to the appointments interface
        - **Same workflow** - Booking, viewing, canceling appointments works identically
        - **Data source is invisible** - Veterans don't know if they're hitting Vista or Oracle
        - **No notification** - We are NOT telling Veterans "your data may come from different places"
      EOT
    }

    section "flow" {
      title = "Where Is Data Coming From?"
      body  = undecided("TODO: Build accurate diagrams showing data flow for Vista vs Oracle patients")
    }

    section "alerts" {
      title = "Alert Configuration"
      body  = <<-EOT
        **Existing alerts continue to fire for Oracle patients** - no new alert configuration needed. Oracle patients trigger the same alerts as Vista patients because they go through the same VAOS layer.
      EOT
    }

    section "rollback" {
      title = "Rollback Plan: How Rollback Works"
      body  = <<-EOT
        **ROLLBACK = Disable Feature Flag**

        1. Turn off feature flag in front-end config
        2. All users automatically revert to Vista-only flow
        3. No data loss - Oracle data still in Oracle
        4. Veterans notice nothing - rollback is invisible
      EOT
    }

    section "procedure" {
      title = "Rollback Procedure"
      body  = <<-EOT
        1. **Identify the issue** - What error/behavior triggered this?
        2. **Disable feature flag** - Immediate action, no approval needed for on-call
        3. **Verify rollback successful** - Confirm traffic routing back to Vista
        4. **Document what happened** - Error logs, timestamps, affected users
        5. **Investigate root cause** - Before any re-enablement
        6. **Get PO approval** - Required before turning flag back on
      EOT
    }

    section "impact" {
      title = "Rollback Impact on Veterans"
      body  = <<-EOT
        **None.** This is the beauty of a dark deploy:

        - Veterans don't know the flag is on
        - Veterans don't know when we roll back
        - Their appointments still work either way
        - No communication needed
      EOT
    }

    glossary = {
      "Dark Deploy"  = "Releasing to production without user notification; users don't know their data source changed"
      UAE            = "Unified Appointments Experience"
      VAOS           = "VA Online Scheduling"
      Nudging        = "Active user migration/notification efforts post-dark deploy"
      "Dual Patient" = "Veteran with records in both Vista and Oracle Health systems"
      Canary         = "Small percentage of traffic used to validate before wider rollout"
    }
  }
}

Feature: Canaries are small
  Scenario: No toggle goes beyond 20 % in one plan
    Given I have toggle defined
    When its percentage is not null
    Then it must have percentage
    Then its value must be less and equal to 20

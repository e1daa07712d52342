# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       A device belongs to the partition that the plan says.
Resource            bulkhead.resource

Suite Setup         Boot With The Clock Assigned
Suite Teardown      Release Target
Test Tags           req:DEV-OWN    needs:partition=control    length:short
Test Timeout        5 minutes


*** Test Cases ***
Its Interrupt Arrives
    Send Line    control    rtc
    Wait For Line    control    ^control: rtc=\\d+$
    Wait For Line    control    ^control: rtc alarm ok$    30 s


*** Keywords ***
Boot With The Clock Assigned
    Require Partitions    control
    Require Device Owner    pl031    control
    Boot Target

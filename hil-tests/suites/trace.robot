# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       What the hypervisor records of itself agrees with what is planned.
Resource            bulkhead.resource

Suite Setup         Boot With Partitions    control
Suite Teardown      Release Target
Test Tags           req:TRACE    needs:trace    needs:partition=control    needs:physical-memory    length:short
Test Timeout        5 minutes


*** Test Cases ***
A Pinned CPU Is Its Owner's Alone
    Wait For Line    control    second=1    20 s
    ${shares} =    Traced Shares    0
    Should Be Equal    ${shares}    ${{ {"control": 1.0} }}

The Trace Becomes A Page
    ${figures} =    Keep Trace    page
    Should Contain    ${figures}    control

The Monitor Tells The Same Records
    [Tags]    needs:monitor
    ${rings} =    Ask Monitor    trace
    ${rows} =    Ask Monitor    trace 1
    Should Be Equal As Integers    ${rings}[1][pcpu]    1
    Length Should Be    ${rows}    ${{ min($rings[1]["put"], $rings[1]["kept"]) }}

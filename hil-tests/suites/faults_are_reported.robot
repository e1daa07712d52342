# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       A fault is reported with its partition, instruction, address and whose address it was.
Resource            bulkhead.resource

Suite Setup         Boot With A Hostile Neighbour
Suite Teardown      Release Target
Test Tags           req:FAULT    needs:partition=control    needs:partition=rogue    length:short
Test Timeout        5 minutes


*** Test Cases ***
The Report Names What Lies At The Address
    Skip To Now
    Send Line    rogue    attack el2-ram
    ${fault} =    Wait For Fault    rogue
    Should Be Equal    ${fault}[class]    stage2
    Should Be Equal    ${fault}[action]    inject-abort
    Should Match Regexp    ${fault}[pc]    ^0x40
    Should Match Regexp    ${fault}[what]    ^EL2 hypervisor$
    Wait For Line    rogue    ^attack el2-ram end contained    30 s

Faults Are Counted
    [Tags]    needs:monitor
    ${before} =    Faults Of    rogue
    Attack Should Be Contained    other-ram
    ${after} =    Faults Of    rogue
    Should Be True    ${after}[stage2] > ${before}[stage2]
    ${others} =    Faults Of    control
    Should Be Equal As Integers    ${others}[stage2]    0

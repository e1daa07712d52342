# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       A flipped bit in a guest harms that guest alone; one in EL2 is recorded, and nothing is claimed of it.
Resource            bulkhead.resource

Test Setup          Boot With A Hostile Neighbour
Test Teardown       Release Target
Test Tags           needs:physical-memory    needs:partition=control    needs:partition=rogue    length:long
Test Timeout        10 minutes


*** Variables ***
${SEED}         1
${FLIPS}        4


*** Test Cases ***
Bits Flipped In A Guest Harm That Guest Alone
    [Tags]    req:ISO-SELF
    FOR    ${number}    IN RANGE    ${FLIPS}
        Flip Bit In Guest    rogue    ${${SEED} * 1000 + ${number}}    within=0x20000
    END

A Bit Flipped In EL2's Tables Is Recorded
    [Tags]    req:INJECT
    ${noticed} =    Flip Bit In Hypervisor    tables    ${SEED}
    Should Contain Any    ${noticed}    crash    fault    silent    nothing

A Bit Flipped In EL2's Code Is Recorded
    [Tags]    req:INJECT
    ${noticed} =    Flip Bit In Hypervisor    text    ${SEED}
    Should Contain Any    ${noticed}    crash    fault    silent    nothing

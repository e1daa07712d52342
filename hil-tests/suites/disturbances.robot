# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       Noise on the console and a lost supply leave nothing behind.
Resource            bulkhead.resource

Suite Setup         Boot With Partitions    control
Suite Teardown      Release Target
Test Tags           needs:partition=control    length:short
Test Timeout        5 minutes


*** Variables ***
${SEED}     1


*** Test Cases ***
Noise On The Console Holds Nobody Up
    [Tags]    req:ISO-NOISE
    Neighbour Should Be On Time    control    1
    Make Console Noise    4096    ${SEED}
    Type Keys    ^^0
    ${expected} =    Expected Build Id
    ${told} =    Ask Identity
    Should Be Equal    ${told}    ${expected}
    Partition Is Still Alive    control

An Interrupt Storm Delays Nobody
    [Documentation]    On the line of the partition's own device, on the console's, and on one that nobody owns.
    [Tags]    req:ISO-NOISE    needs:interrupt-lines    needs:exact-time
    Boot Target    until=running
    ${devices} =    Devices With Interrupts
    FOR    ${device}    IN    @{devices}
        Skip To Now
        Storm Interrupts Of    ${device}    1000
        Neighbour Should Be On Time    control    2
    END
    ${expected} =    Expected Build Id
    ${told} =    Ask Identity
    Should Be Equal    ${told}    ${expected}

The Loop Keeps Its Jitter
    [Tags]    req:DEADLINE    needs:exact-time
    Jitter Should Be At Most    2000    control    5

A Cut Of The Power Is A New Beginning
    [Tags]    req:BOOT-UP    needs:power
    Lose Power
    Boot Target    until=running
    ${count} =    Boot Count
    Should Be Equal As Integers    ${count}    1
    Neighbour Should Be On Time    control    1


*** Keywords ***
Partition Is Still Alive
    [Arguments]    ${name}
    Skip To Now
    Wait For Line    ${name}    second=\\d+ .*missed=0    20 s

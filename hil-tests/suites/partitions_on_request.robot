# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       The monitor tells states, and stops, starts and restarts one partition alone.
Resource            bulkhead.resource

Suite Setup         Boot With A Hostile Neighbour
Suite Teardown      Release Target
Test Tags           req:MONITOR    needs:monitor    needs:partition=control    needs:partition=rogue    length:short
Test Timeout        5 minutes


*** Test Cases ***
Every Partition Is Told To Be Running
    Partition Should Become    control    running
    Partition Should Become    rogue    running

The Running Plan Is What Was Built
    ${rows} =    Ask Monitor    plan
    ${expected} =    Expected Build Id
    Should Be Equal    ${rows}[0][build]    ${expected}

A Stopped Partition Stays Silent And Its Neighbour On Time
    Stop Partition    rogue
    Should Stay Silent    rogue    500 ms
    Neighbour Should Be On Time    control
    Start Partition    rogue
    Wait For Line    rogue    ^rogue: ready    20 s

A Restart Is Counted And Disturbs Nobody
    [Tags]    req:LIFE
    Neighbour Should Be On Time    control    1
    ${first} =    Restart Partition    rogue
    ${second} =    Restart Partition    rogue
    Should Be Equal As Integers    ${second}    ${first + 1}
    Wait For Line    rogue    ^rogue: ready    20 s
    Neighbour Should Be On Time    control

A Command That Cannot Be Is Refused
    ${why} =    Run Keyword And Expect Error    *    Ask Monitor    stop nobody
    Should Contain    ${why}    no such partition

# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       A partition restarts alone.
Library             BulkheadTarget

Suite Setup         Boot With Both Partitions
Suite Teardown      Release Target
Test Timeout        1 minute


*** Test Cases ***
A Guest That Resets Itself Starts Again
    Skip To Now
    Send Line    rogue    attack reset
    Wait For Line    rogue    ^attack reset start$
    Wait For Line    hv    ^rogue: running$
    Wait For Line    rogue    ^rogue: ready

Its Neighbour Does Not Notice
    Attack Should Be Contained    reset

A Restarted Guest Takes Commands
    Send Line    rogue    list
    Wait For Line    rogue    ^rogue: attack reset$

The Well-Behaved One Can Restart Too
    Skip To Now
    Send Line    control    reset
    Wait For Line    control    ^control: start$
    Wait For Line    control    ^control: second=1 .* missed=0$    20 s


*** Keywords ***
Boot With Both Partitions
    Require Partitions    control    rogue
    Boot Target
    Wait For Line    rogue    ^rogue: ready    20 s

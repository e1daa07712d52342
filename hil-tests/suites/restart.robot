# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       A partition restarts alone.
Resource            bulkhead.resource

Suite Setup         Boot With A Hostile Neighbour
Suite Teardown      Release Target
Test Tags           req:LIFE    needs:partition=control    needs:partition=rogue    length:short
Test Timeout        5 minutes


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

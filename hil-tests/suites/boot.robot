# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       The target comes up by itself and comes up again after a reset.
Resource            bulkhead.resource

Test Setup          Boot Target    may_end=True
Test Teardown       Release Target
Test Tags           req:BOOT-UP    length:short
Test Timeout        5 minutes


*** Test Cases ***
Every Partition Is Running
    ${partitions} =    Expected Partitions
    ${lines} =    Evaluate    [f"^{name}: running$" for name in $partitions]
    Wait For Lines    hv    @{lines}

The Boot Line Counts The Partitions Of The Plan
    ${partitions} =    Expected Partitions
    ${count} =    Get Length    ${partitions}
    ${lines} =    Lines Of    hv
    Should Contain    ${lines}[0]    partitions=${count}

A Guest Speaks After Boot
    [Tags]    req:MACHINE    needs:partition=control
    Wait For Line    control    ^control: second=1 ticks=1000 .* missed=0$    20 s

A Warm Reset Is Counted
    [Tags]    needs:reset
    ${before} =    Boot Count
    ${after} =    Reset Target
    ${expected} =    Evaluate    ${before} + 1
    Should Be Equal As Integers    ${after}    ${expected}

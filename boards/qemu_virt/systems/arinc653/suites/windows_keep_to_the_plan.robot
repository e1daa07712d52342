# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       Three partitions share a CPU by a table of windows. Each spins, and sees a thousand frames as they were planned.
Library             BulkheadTarget

Suite Setup         Boot The Three
Suite Teardown      Release Target
Test Tags           length:long
Test Timeout        10 minutes


*** Test Cases ***
Each Partition Has Its Windows
    [Documentation]    A window ends when the next begins: what it is shorter is the switch at its begin.
    [Template]    Windows Should Be
    flight    300000    100000
    radio    200000
    cabin    250000

Each Partition Has Its Share
    [Template]    Share Should Be
    flight    400000
    radio    200000
    cabin    250000

EL2 Counts What It Gave
    [Documentation]    No window was missed or ended late, and the time counted is as the plan divides it.
    ${rows} =    Ask Monitor    turns
    Length Should Be    ${rows}    3
    FOR    ${row}    IN    @{rows}
        Should Be Equal As Integers    ${row}[missed]    0
        Should Be Equal As Integers    ${row}[overruns]    0
    END
    Should Be True    abs(${rows}[0][ticks] / ${rows}[1][ticks] - 400 / 200) < 0.002
    Should Be True    abs(${rows}[2][ticks] / ${rows}[1][ticks] - 250 / 200) < 0.002


*** Keywords ***
Boot The Three
    Require Partitions    flight    radio    cabin
    Boot Target

Windows Should Be
    [Documentation]    Of 1000 frames; instructions on QEMU, where each takes a nanosecond.
    [Arguments]    ${partition}    @{lengths}
    FOR    ${number}    ${length}    IN ENUMERATE    @{lengths}
        ${seen} =    Wait For Groups    ${partition}
        ...    n=${number} seen=1000 begin_ns=\\S+ planned_ns=\\d+ jitter_ns=(?P<jitter>\\d+) length_min_ns=(?P<least>\\d+) length_max_ns=(?P<most>\\d+) of=${length}$
        ...    300 s
        Should Be True    ${seen}[jitter] <= 100
        Should Be True    ${length} - 600 <= ${seen}[least] <= ${seen}[most] <= ${length}
    END

Share Should Be
    [Documentation]    In millionths, and within a thousandth of the plan.
    [Arguments]    ${partition}    ${planned}
    ${share} =    Wait For Value    ${partition}    share_ppm=(\\d+) planned_ppm=${planned}    300 s
    Should Be True    abs(${share} - ${planned}) <= 1000

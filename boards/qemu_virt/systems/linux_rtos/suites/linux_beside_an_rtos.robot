# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       Linux does what it likes on its own CPUs, and `control` keeps its deadlines on another.
Library             BulkheadTarget

Suite Setup         Boot To A Shell
Suite Teardown      Release Target
Test Timeout        5 minutes


*** Test Cases ***
Both CPUs Of Linux Are Up
    Command    cat /sys/devices/system/cpu/online    ^0-1$
    Command    grep -c ^processor /proc/cpuinfo    ^2$

The Shell Is Interactive
    Command    echo $((6 * 7)) is typed    ^42 is typed$
    Send Line    linux    sh -c "echo begun; exec tail -f /dev/null"
    Wait For Line    linux    ^begun$
    Type Keys    \x03
    Command    echo $?    ^130$

Linux Hears The Interrupts That It Owns
    Command    grep -c -E 'GIC.*(arch_timer|uart-pl011)' /proc/interrupts    ^2$

Load On Linux Does Not Reach The Neighbour
    Skip To Now
    Send Line    linux    load 4
    Neighbour Should Be On Time    control    3
    Wait For Line    linux    ^load: 4 s, \\d+ sleeps, \\d+ forks, \\d+ MiB    180 s
    Every Second Was On Time

Reboot Starts Linux Alone
    Skip To Now
    Send Line    linux    reboot
    Wait For Line    hv    ^linux: running$    120 s
    Wait For Line    linux    on 2 CPUs    180 s
    Every Second Was On Time

Poweroff Ends Linux Alone
    Send Line    linux    poweroff
    Wait For Line    hv    ^linux: stopped$    120 s
    Neighbour Should Be On Time    control    2
    Every Second Was On Time


*** Keywords ***
Boot To A Shell
    Require Partitions    control    linux
    Boot Target
    Wait For Line    linux    on 2 CPUs    180 s

Command
    [Documentation]    Type it; its output must have a line like this.
    [Arguments]    ${text}    ${answer}
    Send Line    linux    ${text}
    Wait For Line    linux    ${answer}

Every Second Was On Time
    [Documentation]    Since power on, whatever Linux did meanwhile.
    ${lines} =    Lines Of    control
    FOR    ${line}    IN    @{lines}
        IF    'missed=' in $line    Should End With    ${line}    missed=0
    END
    Should Not Contain    ${lines}[1:]    control: start

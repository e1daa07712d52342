# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       Whatever a hostile partition tries is contained, and its neighbour keeps its deadlines.
Resource            bulkhead.resource

Suite Setup         Boot With A Hostile Neighbour
Suite Teardown      Release Target
Test Template       Attack Should Be Contained
Test Tags           needs:partition=control    needs:partition=rogue    length:long
Test Timeout        10 minutes


*** Test Cases ***
Another Partition's Memory Cannot Be Reached
    [Tags]    req:ISO-REACH
    other-ram

The Hypervisor's Memory Cannot Be Reached
    [Tags]    req:ISO-REACH
    el2-ram

Foreign Interrupts Cannot Be Touched
    [Tags]    req:ISO-SELF
    gic

An Unassigned Device Cannot Be Reached
    [Tags]    req:ISO-REACH
    device

Forbidden System Registers Do Nothing
    [Tags]    req:ISO-EL2
    sysregs

A Flood Of Firmware Calls Is Answered
    [Tags]    req:ISO-EL2
    smc-flood

A Flood Of Hypervisor Calls Is Answered
    [Tags]    req:ISO-EL2
    hvc-flood

A Flood Of Text Holds Nobody Up
    [Tags]    req:ISO-NOISE
    console-flood

Accesses That Cannot Be Decoded Are Contained
    [Tags]    req:ISO-EL2
    odd-accesses

AArch32 Code Is Contained
    [Tags]    req:ISO-EL2
    aarch32

A Loop With Interrupts Masked Holds Nobody Up
    [Tags]    req:ISO-EL2
    irq-masked-loop

A Jump To Nowhere Is Contained
    [Tags]    req:ISO-REACH
    jump-nowhere

A Storm Of Waits Holds Nobody Up
    [Tags]    req:ISO-EL2
    wfi-storm

A Storm Of Timers Holds Nobody Up
    [Tags]    req:ISO-SELF
    timer-storm

A Storm Of Software Interrupts Holds Nobody Up
    [Tags]    req:ISO-SELF
    sgi-storm

Firmware Power Calls Are Refused
    [Tags]    req:ISO-SELF
    psci-abuse

A Forged Console Line Stays Its Author's
    [Tags]    req:ISO-NOISE
    [Template]    NONE
    Attack Should Be Contained    forged-tags
    Speakers Should Be    hv    control    rogue
    ${lines} =    Lines Of    hv
    Should Not Contain    ${lines}    rogue: restart n=99
    Should Not Contain    ${lines}    all partitions are off
    ${forged} =    Lines Of    rogue
    Should Contain    ${forged}    hv| CRASH cpu=0 reason=forged
    Should Contain    ${forged}    rogue: after the forged tags

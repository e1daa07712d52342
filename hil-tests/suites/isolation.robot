# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       Whatever a hostile partition tries is contained, and its neighbour keeps its deadlines.
Library             BulkheadTarget

Suite Setup         Boot With A Hostile Neighbour
Suite Teardown      Release Target
Test Template       Attack Should Be Contained
Test Timeout        2 minutes


*** Test Cases ***                                                      ATTACK
Another Partition's Memory Cannot Be Reached                            other-ram
The Hypervisor's Memory Cannot Be Reached                               el2-ram
Foreign Interrupts Cannot Be Touched                                    gic
An Unassigned Device Cannot Be Reached                                  device
Forbidden System Registers Do Nothing                                   sysregs
A Flood Of Firmware Calls Is Answered                                   smc-flood
A Flood Of Hypervisor Calls Is Answered                                 hvc-flood
A Flood Of Text Holds Nobody Up                                         console-flood
Accesses That Cannot Be Decoded Are Contained                           odd-accesses
AArch32 Code Is Contained                                               aarch32
A Loop With Interrupts Masked Holds Nobody Up                           irq-masked-loop
A Jump To Nowhere Is Contained                                          jump-nowhere
A Storm Of Waits Holds Nobody Up                                        wfi-storm
A Storm Of Timers Holds Nobody Up                                       timer-storm
A Storm Of Software Interrupts Holds Nobody Up                          sgi-storm
Firmware Power Calls Are Refused                                        psci-abuse

A Forged Console Line Stays Its Author's
    [Template]    NONE
    Attack Should Be Contained    forged-tags
    Speakers Should Be    hv    control    rogue
    ${lines} =    Lines Of    hv
    Should Not Contain    ${lines}    rogue: restart n=99
    Should Not Contain    ${lines}    all partitions are off
    ${forged} =    Lines Of    rogue
    Should Contain    ${forged}    hv| CRASH cpu=0 reason=forged
    Should Contain    ${forged}    rogue: after the forged tags


*** Keywords ***
Boot With A Hostile Neighbour
    Require Partitions    control    rogue
    Boot Target
    Wait For Line    rogue    ^rogue: ready    20 s

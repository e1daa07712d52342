# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       Two partitions talk over a CAN bus, and a third cannot touch it.
Resource            bulkhead.resource

Suite Setup         Boot Two Nodes
Suite Teardown      Release Target
Test Tags           needs:partition=brake    needs:partition=rogue
Test Timeout        5 minutes


*** Variables ***
${WHOLE}            sent=100 received=100 lost=0 overruns=0 errors=0 bus_off=0 tec=0 rec=0


*** Test Cases ***
Every Frame Arrives Both Ways
    FOR    ${node}    IN    engine    brake
        Wait For Line    ${node}    ^can: second=[4-9] ticks=100 .*missed=0 ${WHOLE}$    60 s
    END

The Controllers Are Out Of Reach
    Attack Should Be Contained    device    neighbour=engine
    The Bus Is As Before

A Loop With Interrupts Masked Delays No Frame
    Attack Should Be Contained    irq-masked-loop    neighbour=engine
    The Bus Is As Before


*** Keywords ***
Boot Two Nodes
    Require Partitions    engine    brake    rogue
    Boot Target
    Wait For Line    rogue    ^rogue: ready    60 s

The Bus Is As Before
    Skip To Now
    FOR    ${node}    IN    engine    brake
        Wait For Line    ${node}    ${WHOLE}$    60 s
    END

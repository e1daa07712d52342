# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       What is typed reaches the partition that has the focus, and no other.
Library             BulkheadTarget

Suite Setup         Boot With Both Partitions
Suite Teardown      Release Target
Test Timeout        1 minute


*** Test Cases ***
The Focus Is Chosen By Digit
    Type Keys    ^^1
    Wait For Line    hv    ^focus control$
    Type Keys    ^^2
    Wait For Line    hv    ^focus rogue$
    Type Keys    ^^0
    Wait For Line    hv    ^focus hv$

The Focus Is Chosen By Name
    Type Keys    ^^rogue\n
    Wait For Line    hv    ^focus rogue$

Only The Focused Partition Hears
    Skip To Now
    Send Line    control    are you there
    Wait For Line    control    unknown command 'are you there'
    Send Line    rogue    and you
    Wait For Line    rogue    unknown command 'and you'
    ${said} =    Lines Of    rogue
    Should Not Contain    ${said}    rogue: unknown command 'are you there'


*** Keywords ***
Boot With Both Partitions
    Require Partitions    control    rogue
    Boot Target
    Wait For Line    rogue    ^rogue: ready    20 s

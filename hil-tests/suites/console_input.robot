# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       What is typed reaches the partition that has the focus, and no other.
Resource            bulkhead.resource

Suite Setup         Boot With A Hostile Neighbour
Suite Teardown      Release Target
Test Tags           req:CONSOLE-IN    needs:partition=control    needs:partition=rogue    length:short
Test Timeout        5 minutes


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
    ${said} =    Catenate    @{said}
    Should Not Contain    ${said}    are you there

# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       What runs on the target is what was built.
Resource            bulkhead.resource

Suite Setup         Boot Target    may_end=True
Suite Teardown      Release Target
Test Tags           req:BOOT-ID    length:short
Test Timeout        5 minutes


*** Test Cases ***
The Boot Line Names The Build That Is In The Plan
    ${expected} =    Expected Build Id
    ${lines} =    Lines Of    hv
    Should Contain    ${lines}[0]    build=${expected}

The Identity Is Told Again On Request
    ${expected} =    Expected Build Id
    ${told} =    Ask Identity
    Should Be Equal    ${told}    ${expected}

Every Partition Of The Plan Is A Speaker
    ${partitions} =    Expected Partitions
    Ask Identity
    FOR    ${index}    ${name}    IN ENUMERATE    @{partitions}    start=1
        Wait For Line    hv    ^speaker ${index} ${name}$
    END

# SPDX-License-Identifier: Apache-2.0
*** Settings ***
Documentation       U-Boot, built for QEMU's `virt`, comes to its prompt and finds what its partition has.
Library             BulkheadTarget

Suite Setup         Boot To The Prompt
Suite Teardown      Release Target
Test Timeout        3 minutes


*** Test Cases ***
Its Devicetree Is At The Base Of RAM
    Send Line    u-boot    fdt addr \${fdtcontroladdr}; fdt print / model; fdt print /memory@40000000 reg
    Wait For Line    u-boot    model = "u-boot"
    Wait For Line    u-boot    reg = <0x0+ 0x40000000 0x0+ 0x0?8000000>

It Sees The Memory Of Its Partition
    Send Line    u-boot    bdinfo
    Wait For Line    u-boot    size\\s+= 0x0*8000000$

It Reads And Writes Its Memory And No Other
    Send Line    u-boot    mw.l 0x44000000 0xb01d0001; md.l 0x44000000 1
    Wait For Line    u-boot    ^44000000: b01d0001

It Reaches The Flash That It Owns
    Send Line    u-boot    flinfo 1
    Wait For Line    u-boot    Bank # 1: CFI conformant flash
    Wait For Line    u-boot    01FE0000    # the last sector: whatever is typed before is taken for a wish to end

Reset Starts It Alone
    Skip To Now
    Send Line    u-boot    reset
    Wait For Line    hv    ^u-boot: running$    60 s
    Stop Autoboot

Its Neighbour Did Not Notice
    Neighbour Should Be On Time    control    2
    ${lines} =    Lines Of    control
    FOR    ${line}    IN    @{lines}
        IF    'missed=' in $line    Should End With    ${line}    missed=0
    END
    Should Not Contain    ${lines}[1:]    control: start


*** Keywords ***
Boot To The Prompt
    Require Partitions    control    u-boot
    Boot Target
    Stop Autoboot

Stop Autoboot
    Wait For Line    u-boot    ^U-Boot 20    60 s
    Type Keys    ^^u-boot\n
    Wait For Line    u-boot    ^Err:    60 s
    Type Keys    x
    Send Line    u-boot    echo at the prompt
    Wait For Line    u-boot    ^at the prompt    60 s

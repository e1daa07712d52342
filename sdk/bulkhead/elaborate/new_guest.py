# SPDX-License-Identifier: Apache-2.0
"""A new guest under the guests' kernel: its folder, and a system that runs it beside `control`."""

from __future__ import annotations

from pathlib import Path

from bulkhead.diag import Span, UserError
from bulkhead.diag.paths import shown, write_atomically
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.new_system import SPDX, guest_name
from bulkhead.kconfig.system import DEFCONFIG

CPUS_MAX = 4  # OS_CPUS_MAX of os_ext.h
NEIGHBOUR = "control"


def make_guest(root: Path, folder: Path, board: str, cpus: int) -> list[Path]:
    """Write the folder; returns what was written. Refuses one that has something in it."""
    there = len(read_board(root, board, named=Span("--board")).cpus)
    if cpus > min(CPUS_MAX, there):
        raise UserError(f"--smp {cpus}: the board has {there} CPUs, and the kernel serves {CPUS_MAX}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{shown(folder)} exists already and is not empty")
    name = guest_name(folder.absolute().name)
    files = {
        DEFCONFIG: _defconfig(board, name, cpus, has_neighbour=cpus < there),
        "README.md": _readme(folder.absolute().name, name),
        f"guests/{name}/main.c": _main_c(name, cpus),
        f"suites/{name}.robot": _suite(name, cpus, has_neighbour=cpus < there),
    }
    for file, text in files.items():
        write_atomically(folder / file, text)
    return [folder / file for file in files]


def _defconfig(board: str, name: str, cpus: int, *, has_neighbour: bool) -> str:
    beside = f", and beside it `{NEIGHBOUR}` with its deadlines" if has_neighbour else ""
    lines = [
        f"# {SPDX}",
        f"# The guest '{name}'{beside}.",
        f'CONFIG_BOARD="{board}"',
        "CONFIG_PART_1_ENABLE=y",
        f'CONFIG_PART_1_NAME="{name}"',
        f'CONFIG_PART_1_GUEST="{name}"',
    ]
    if cpus > 1:
        lines += [
            f"CONFIG_PART_1_VCPUS={cpus}",
            f'CONFIG_PART_1_PCPUS="{",".join(map(str, range(cpus)))}"',
        ]
    if has_neighbour:
        lines += [
            "CONFIG_PART_2_ENABLE=y",
            f'CONFIG_PART_2_NAME="{_neighbour_of(name)}"',
            f'CONFIG_PART_2_GUEST="{NEIGHBOUR}"',
            f'CONFIG_PART_2_PCPUS="{cpus}"',
        ]
    return "\n".join(lines) + "\n"


def _neighbour_of(name: str) -> str:
    return NEIGHBOUR if name != NEIGHBOUR else "neighbour"


def _main_c(name: str, cpus: int) -> str:
    use_cpus = f"    os_use_cpus({cpus});\n" if cpus > 1 else ""
    on_cpus = f" ({cpus} of them)" if cpus > 1 else ""
    return f"""/* {SPDX}
 *
 * {name}: a worker for each vCPU{on_cpus} measures, and hands what it measured to the reporter; a shell
 * answers on the console. Every function is in docs/guests.md of Bulkhead.
 */
#include "guest.h"
#include "rtos.h"
#include "shell.h"

#define PERIOD 100000u /* ticks of a microsecond */

struct measurement {{
    uint32_t worker, number;
}};

static osMessageQueueId_t measurements;
static volatile uint32_t reported;

static void work(void *argument)
{{
    struct measurement measurement = {{.worker = (uint32_t)(uint64_t)argument}};
    uint32_t tick = osKernelGetTickCount();

    for (;;) {{
        measurement.number++;
        osMessageQueuePut(measurements, &measurement, 0, osWaitForever);
        osDelayUntil(tick += PERIOD);
    }}
}}

static void report(void *argument)
{{
    struct measurement measurement;

    (void)argument;
    while (osMessageQueueGet(measurements, &measurement, NULL, osWaitForever) == osOK) {{
        reported++;
        if (measurement.number % 10 == 1)
            printf("{name}: worker %u number %u\\n", measurement.worker, measurement.number);
    }}
}}

static void status(const char *argument)
{{
    (void)argument;
    printf("{name}: reported %u\\n", reported);
}}

static struct shell_command commands[] = {{
    {{.name = "status", .help = "how many measurements there were", .run = status}},
}};

void guest_main(void)
{{
    osThreadAttr_t attr = {{.name = "reporter", .priority = osPriorityBelowNormal}};
    uint32_t i;

    osKernelInitialize();
{use_cpus}    measurements = osMessageQueueNew(16, sizeof(struct measurement), NULL);
    osThreadNew(report, NULL, &attr);
    for (i = 0; i < os_cpu_count(); i++) {{
        attr = (osThreadAttr_t){{.name = "worker", .affinity_mask = osThreadProcessor(i)}};
        osThreadNew(work, (void *)(uint64_t)i, &attr);
    }}
    shell_add(&commands[0]);
    shell_start(osPriorityLow);
    printf("{name}: ready, %u vCPUs, boot arguments \\"%s\\"\\n", os_cpu_count(), dtb_bootargs());
    osKernelStart();
}}
"""


def _suite(name: str, cpus: int, *, has_neighbour: bool) -> str:
    workers = "\n".join(f"    Wait For Line    {name}    worker {cpu} number 11$" for cpu in range(cpus))
    beside = f"""
Its Neighbour Keeps Its Deadlines
    Wait For Line    {_neighbour_of(name)}    second=[0-9]+ .*missed=0
"""
    return f"""# {SPDX}
*** Settings ***
Documentation       The guest '{name}' lives: its workers measure, and its shell answers.
Library             BulkheadTarget

Suite Setup         Boot Target
Suite Teardown      Release Target
Test Timeout        1 minute


*** Test Cases ***
It Starts
    Wait For Line    {name}    ^{name}: ready, {cpus} vCPUs

Its Workers Measure
{workers}

Its Shell Answers
    Send Line    {name}    status
    Wait For Line    {name}    reported [0-9]+
    Send Line    {name}    ps
    Wait For Line    {name}    ^shell
{beside if has_neighbour else ""}"""


def _readme(folder: str, name: str) -> str:
    return f"""<!-- {SPDX} -->
# {folder}

A guest for Bulkhead under its kernel (CMSIS-RTOS2) and a system to run it in, by `./bulkhead new-guest`.

| what | where |
|---|---|
| the guest: all C and assembly files of the folder | `guests/{name}/` |
| the system: partitions, CPUs, who owns which device | `{DEFCONFIG}` |
| Robot Framework suites | `suites/*.robot` |

From the Bulkhead checkout:

    ./bulkhead defconfig PATH/OF/{folder}
    ./bulkhead run              # Ctrl-^ 1, then `help` for the guest's shell; Ctrl-] ends the run
    ./bulkhead hil {name}

What the kernel offers is in `docs/guests.md` of the checkout.
"""

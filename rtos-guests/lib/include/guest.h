/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything the library offers, for a guest to include. A guest defines `void guest_main(void)`:
 * called on the boot vCPU with MMU and caches on, interrupt controller ready, interrupts masked.
 * When it returns, the partition is switched off.
 */
#ifndef GUEST_H
#define GUEST_H

#include "console.h"
#include "cpu.h"
#include "dtb.h"
#include "fault.h"
#include "gic.h"
#include "machine.h"
#include "mmu.h"
#include "psci.h"
#include "text.h"
#include "timer.h"

void guest_main(void);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * See assert.h. Polled: whatever is broken, this comes out.
 */
#include <assert.h>

#include "console.h"
#include "cpu.h"
#include "psci.h"

void assert_failed(const char *what, const char *file, int line)
{
    irq_mask();
    console_take_over();
    print("%s:%d: assertion failed: %s\n", file, line, what);
    psci_system_off();
}

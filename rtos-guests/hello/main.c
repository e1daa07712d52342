/* SPDX-License-Identifier: Apache-2.0
 *
 * hello: the smallest guest. It says so and switches its partition off by returning.
 */
#include "guest.h"

void guest_main(void)
{
    print("hello: this is EL%lu of vCPU %u, boot arguments \"%s\"\n", sysreg_read(CurrentEL) >> 2, cpu_this()->index,
          dtb_bootargs());
}

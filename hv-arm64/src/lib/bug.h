/* SPDX-License-Identifier: Apache-2.0
 *
 * The one call upwards: hv_bug() ends the world in arch/. HV_BUG_ON is only for what no
 * input can cause; the comment beside each use says why it is impossible.
 */
#ifndef HV_LIB_BUG_H
#define HV_LIB_BUG_H

_Noreturn void hv_bug(const char *what);

#define HV_BUG_ON(cond)        \
    do {                       \
        if (cond)              \
            hv_bug(#cond);     \
    } while (0)

#endif

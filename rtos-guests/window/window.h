/* SPDX-License-Identifier: Apache-2.0
 *
 * Between main.c and bench.c.
 */
#ifndef WINDOW_H
#define WINDOW_H

void bench_measure(void);   /* the one that is measured */
void bench_neighbour(void); /* the other one; does not return */
void bench_alone(void);     /* without a hypervisor: there is nothing to measure */

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * There is no monitor: what is typed to nobody is lost, and nothing is ever answered.
 */
#include "monitor/monitor.h"

void monitor_receive(uint8_t byte)
{
    (void)byte;
}

void monitor_step(void)
{
}

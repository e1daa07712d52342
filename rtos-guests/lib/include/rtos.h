/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything for a guest under the kernel: CMSIS-RTOS2, what goes beyond it, and the C library's little.
 */
#ifndef RTOS_H
#define RTOS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cmsis_os2.h"
#include "os_ext.h"
#include "serial.h"

#endif

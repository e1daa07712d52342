/* SPDX-License-Identifier: Apache-2.0
 *
 * Communication between partitions (doorbells, windows) is absent: no channel exists, and no
 * hypercall has a number for one.
 */
typedef int ipc_is_absent; /* ISO C wants a declaration in every file */

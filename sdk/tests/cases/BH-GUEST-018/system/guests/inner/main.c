/* SPDX-License-Identifier: Apache-2.0
 *
 * A guest, as far as its name goes.
 */

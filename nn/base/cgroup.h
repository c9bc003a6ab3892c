/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The control groups that this process is in (Linux; libc only): what a container may use.
 *
 * A limit may stand at the process's own group or at any around it, in the one hierarchy of version
 * 2 or in a controller's own of version 1; the least counts. Inside a container the path that the
 * kernel names is often not to be seen; then what is mounted is the container's group.
 *
 *   double bytes;
 *   if (nn_cgroup_get_least (NULL, "memory", read_memory, &bytes)) ...
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Puts into *value what the group of this folder limits; false if it limits nothing. */
typedef bool (*NnCgroupRead) (const char *folder, double *value);

/* root: "" for this machine, or a folder with proc/ and sys/ (tests). controller: "cpu", "memory".
 * false: no group limits it. Any thread. */
bool nn_cgroup_get_least (const char *root, const char *controller, NnCgroupRead read,
                          double *least);
/* The beginning of folder/name, NUL-terminated, of at most n_text - 1 bytes; false if there is no
 * such file. */
bool nn_cgroup_read_text (const char *folder, const char *name, char *text, size_t n_text);

/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/base/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PATH = 1024, MAX_TEXT = 8192 };

typedef struct {
  NnCgroupRead read;
  double least;
  bool is_limited;
} Search;

bool
nn_cgroup_read_text (const char *folder, const char *name, char *text, size_t n_text)
{
  char path[MAX_PATH];
  size_t n = 0;

  if (snprintf (path, sizeof path, "%s/%s", folder, name) >= (int) sizeof path)
    return false;
  int file = open (path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  for (ssize_t got; n + 1 < n_text && (got = read (file, text + n, n_text - 1 - n)) > 0;)
    n += (size_t) got;
  close (file);
  text[n] = '\0';
  return true;
}

/* The group at mount/path and all around it, up to the mount. */
static void
search_up (Search *search, const char *mount, const char *path)
{
  char folder[MAX_PATH];

  if (snprintf (folder, sizeof folder, "%s%s", mount, path) >= (int) sizeof folder)
    return;
  for (;;) {
    double value;
    if (search->read (folder, &value) && (!search->is_limited || value < search->least)) {
      search->least = value;
      search->is_limited = true;
    }
    char *slash = strrchr (folder, '/');
    if (slash == NULL || strlen (folder) <= strlen (mount))
      return;
    *slash = '\0';
  }
}

/* Whether a list such as "cpu,cpuacct" has the name. */
static bool
has_name (const char *list, const char *name)
{
  size_t n = strlen (name);

  for (const char *at = list; at != NULL; at = strchr (at, ',')) {
    at += *at == ',';
    if (strncmp (at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
      return true;
  }
  return false;
}

/* A line of /proc/self/cgroup: number:controllers:path. */
static void
search_line (Search *search, const char *root, const char *controller, char *line)
{
  char mount[MAX_PATH];
  char *list = strchr (line, ':');
  char *path = list != NULL ? strchr (list + 1, ':') : NULL;

  if (path == NULL)
    return;
  *list++ = '\0';
  *path++ = '\0';
  if (list[0] == '\0') {
    static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
    for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
      snprintf (mount, sizeof mount, "%s%s", root, mounts[i]);
      search_up (search, mount, path);
    }
  } else if (has_name (list, controller)) {
    const char *const names[] = { list, controller };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      snprintf (mount, sizeof mount, "%s/sys/fs/cgroup/%s", root, names[i]);
      search_up (search, mount, path);
    }
  }
}

bool
nn_cgroup_get_least (const char *root, const char *controller, NnCgroupRead read, double *least)
{
  char folder[MAX_PATH];
  char text[MAX_TEXT];
  Search search = { .read = read };
  char *rest = text;

  if (snprintf (folder, sizeof folder, "%s/proc/self", root) >= (int) sizeof folder
      || !nn_cgroup_read_text (folder, "cgroup", text, sizeof text))
    return false;
  for (char *line; (line = strsep (&rest, "\n")) != NULL;)
    search_line (&search, root, controller, line);
  *least = search.least;
  return search.is_limited;
}

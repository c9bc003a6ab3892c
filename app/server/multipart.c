/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/multipart.h"

#include <string.h>

#include "app/server/http-error.h"

/* RFC 2046. */
#define MAX_BOUNDARY 70
#define MAX_HEAD (16 * 1024)

static void
part_free (gpointer data)
{
  AppPart *part = data;

  g_free (part->name);
  g_free (part->file_name);
  g_free (part);
}

static gpointer
refuse (GError **error, int status, const char *message)
{
  g_set_error_literal (error, APP_HTTP_ERROR, status, message);
  return NULL;
}

/* Reads one `name=value` or `name="va\"lue"` behind a semicolon; NULL at the end, or where it is
 * none. The name and the value are (transfer full). */
static const char *
read_parameter (const char *text, char **name, char **value)
{
  g_autoptr (GString) found = g_string_new (NULL);
  const char *equals;

  text += strspn (text, " \t;");
  equals = text + strcspn (text, "=;");
  if (*text == '\0' || *equals != '=')
    return NULL;
  *name = g_strchomp (g_ascii_strdown (text, equals - text));
  text = equals + 1;
  if (*text != '"') {
    gsize n = strcspn (text, ";");

    *value = g_strchomp (g_strndup (text, n));
    return text + n;
  }
  for (text++; *text != '\0' && *text != '"'; text++) {
    if (*text == '\\' && text[1] != '\0')
      text++;
    g_string_append_c (found, *text);
  }
  *value = g_strdup (found->str);
  return *text == '"' ? text + 1 : text;
}

/* (transfer full) (nullable): a parameter of a header such as `form-data; name="file"`. */
static char *
find_parameter (const char *header, const char *wanted)
{
  const char *rest = header + strcspn (header, ";");
  char *name = NULL, *value = NULL;

  while ((rest = read_parameter (rest, &name, &value)) != NULL) {
    g_autofree char *found_name = g_steal_pointer (&name);
    g_autofree char *found = g_steal_pointer (&value);

    if (g_str_equal (found_name, wanted))
      return g_steal_pointer (&found);
  }
  return NULL;
}

char *
app_multipart_get_boundary (const char *content_type, GError **error)
{
  static const char type[] = "multipart/form-data";
  g_autofree char *boundary = NULL;
  gsize n;

  if (content_type == NULL || g_ascii_strncasecmp (content_type, type, strlen (type)) != 0
      || strchr ("; \t", content_type[strlen (type)]) == NULL)
    return refuse (error, 415, "multipart/form-data is expected");
  boundary = find_parameter (content_type, "boundary");
  n = boundary != NULL ? strlen (boundary) : 0;
  if (n == 0 || n > MAX_BOUNDARY || !g_str_is_ascii (boundary)
      || strpbrk (boundary, "\r\n") != NULL)
    return refuse (error, 400, "the form has no boundary");
  return g_steal_pointer (&boundary);
}

/* Takes the name and the file's name from the lines of a part's head. */
static gboolean
read_head (AppPart *part, const char *head, gsize n_bytes)
{
  static const char wanted[] = "content-disposition:";
  g_autofree char *text = g_strndup (head, n_bytes);
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);

  for (char **line = lines; *line != NULL; line++) {
    if (g_ascii_strncasecmp (*line, wanted, strlen (wanted)) != 0)
      continue;
    part->name = find_parameter (*line, "name");
    part->file_name = find_parameter (*line, "filename");
    break;
  }
  return part->name != NULL && g_utf8_validate (part->name, -1, NULL);
}

/* The first place of `what` in the bytes, or NULL. */
static const char *
find (const char *data, const char *end, const char *what)
{
  return memmem (data, (gsize) (end - data), what, strlen (what));
}

/* From behind a delimiter to the next one. (transfer full); *next: behind that. */
static AppPart *
read_part (const char *data, const char *end, const char *delimiter, const char **next,
           GError **error)
{
  const char *head_end = find (data, end - data > MAX_HEAD ? data + MAX_HEAD : end, "\r\n\r\n");
  const char *data_end;
  AppPart *part;

  if (head_end == NULL)
    return refuse (error, 400, "a part of the form has no head");
  data_end = find (head_end + 2, end, delimiter);
  if (data_end == NULL)
    return refuse (error, 400, "the form is not complete");
  part = g_new0 (AppPart, 1);
  /* A part without content may have the delimiter's line break for the end of its head. */
  part->data = MIN (head_end + 4, data_end);
  part->n_bytes = (gsize) (data_end - part->data);
  *next = data_end + strlen (delimiter);
  if (read_head (part, data, (gsize) (head_end - data)))
    return part;
  part_free (part);
  return refuse (error, 400, "a part of the form has no name");
}

GPtrArray *
app_multipart_parse (const char *data, gsize n_bytes, const char *boundary, GError **error)
{
  g_autofree char *delimiter = g_strconcat ("\r\n--", boundary, NULL);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
  const char *end = data + n_bytes, *next = data;
  gsize n_first = strlen (delimiter) - 2;

  /* The first delimiter may stand at the very beginning. */
  if (n_bytes >= n_first && memcmp (data, delimiter + 2, n_first) == 0)
    next = data + n_first;
  else if ((next = find (data, end, delimiter)) != NULL)
    next += strlen (delimiter);
  if (next == NULL)
    return refuse (error, 400, "the form has no parts");
  while (end - next < 2 || memcmp (next, "--", 2) != 0) {
    AppPart *part;

    while (next < end && (*next == ' ' || *next == '\t'))
      next++;
    if (end - next < 2 || memcmp (next, "\r\n", 2) != 0)
      return refuse (error, 400, "the form is not complete");
    if (parts->len == APP_MULTIPART_MAX_PARTS)
      return refuse (error, 400, "the form has too many parts");
    part = read_part (next + 2, end, delimiter, &next, error);
    if (part == NULL)
      return NULL;
    g_ptr_array_add (parts, part);
  }
  return g_steal_pointer (&parts);
}

const AppPart *
app_multipart_find (const GPtrArray *parts, const char *name)
{
  for (guint i = 0; i < parts->len; i++) {
    const AppPart *part = g_ptr_array_index (parts, i);

    if (g_str_equal (part->name, name))
      return part;
  }
  return NULL;
}

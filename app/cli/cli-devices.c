/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/cli-devices.h"
#include "app/base/json-write.h"

#include "app/cli/cli.h"

char *
app_device_format (const AudioDevice *device)
{
  g_autofree char *name = app_json_display (device->name);
  return g_strdup_printf ("%d: %s (%d channels, %.0f Hz)%s", device->index, name,
                          device->n_channels, device->rate_hz,
                          device->is_default ? ", the default" : "");
}

void
app_devices_build_json (GPtrArray *devices, JsonBuilder *builder)
{
  json_builder_begin_array (builder);
  for (guint i = 0; devices != NULL && i < devices->len; i++) {
    const AudioDevice *device = g_ptr_array_index (devices, i);
    json_builder_begin_object (builder);
    app_json_add_int (builder, "index", device->index);
    app_json_add_string (builder, "name", device->name);
    app_json_add_int (builder, "channels", device->n_channels);
    app_json_add_number (builder, "rate_hz", device->rate_hz, 1);
    json_builder_set_member_name (builder, "default");
    json_builder_add_boolean_value (builder, device->is_default);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

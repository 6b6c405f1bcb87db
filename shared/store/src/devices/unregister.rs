//! Removing devices.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use loop_core::{Device, DeviceId, UnavailableError, UserId};

use crate::{
    Store,
    devices::places::{all_further_places, paths},
    item::number,
    schema::REGISTERED_AT,
};

impl Store {
    /// Removes a device, so that it no longer rings: 1 `UpdateItem`. Nothing happens when it is not
    /// registered.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn unregister(&self, user: UserId, device: DeviceId) -> Result<(), UnavailableError> {
        let update = self.removal(user, device);
        self.if_there(update.condition_expression("attribute_exists(#devices.#id)")).await
    }

    /// Removes a device that its push service does not know any more: 1 `UpdateItem`. Nothing
    /// happens when it has been registered again since it was read.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn forget_device(
        &self,
        user: UserId,
        device: &Device,
    ) -> Result<(), UnavailableError> {
        let update = self
            .removal(user, device.id)
            .condition_expression("#devices.#id.#registered_at = :seen")
            .expression_attribute_names("#registered_at", REGISTERED_AT)
            .expression_attribute_values(":seen", number(device.registered_at.get()));
        self.if_there(update).await
    }

    /// Begins to build the update that removes a device with all places that it may have.
    fn removal(&self, user: UserId, device: DeviceId) -> UpdateItemFluentBuilder {
        let (update, paths) = paths(self.update_devices(user), all_further_places(device));
        update
            .update_expression(format!("REMOVE #devices.#id, {}", paths.join(", ")))
            .expression_attribute_names("#id", device.to_string())
    }

    /// Sends a removal. A refusal is no error: the device is gone already, or is another one by
    /// now.
    async fn if_there(&self, update: UpdateItemFluentBuilder) -> Result<(), UnavailableError> {
        self.update_if(update).await.map(|_| ())
    }
}

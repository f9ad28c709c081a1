export {
  createFilledFixture as makePlaceWith,
  createStoreFixture as makePlace,
  readRows,
  type StoreFixture as Place,
} from "../support/store-fixture.ts";
